package org.cranelet.config;

import java.util.List;
import java.util.Optional;

/** Finds this node among the file's {@code Nodes}. */
final class NodeReader {
  private final Section root;
  private final ConfigLoader.MachineFacts machine;
  private final Effective effective;

  NodeReader(Section root, ConfigLoader.MachineFacts machine, Effective effective) {
    this.root = root;
    this.machine = machine;
    this.effective = effective;
  }

  Node read(Optional<String> override) throws ConfigException {
    String host = override.orElse(machine.hostName());
    String shortName = host.split("\\.", 2)[0];
    Node found = null;
    for (Section s : root.sections("Nodes")) {
      List<String> names = names(s, "name");
      int cpus = (int) s.integer("cpu", 0, 1, 1 << 20);
      long memory = s.size("memory", 0, ' ');
      if (cpus == 0 || memory == 0) {
        throw new ConfigException(
            s.where("name") + ": " + s.name(cpus == 0 ? "cpu" : "memory") + " is missing");
      }
      if (found == null && (names.contains(host) || names.contains(shortName))) {
        found = new Node(names.contains(host) ? host : shortName, cpus, memory, true);
      }
    }
    if (found != null) {
      effective.add("node", found.name(), override.isPresent() ? "--node" : "host name");
      return found;
    }
    if (override.isPresent()) {
      throw root.problem("Nodes", ": there is no node '" + host + "' (given by --node)");
    }
    effective.add("node", shortName, "host name; not in Nodes, so what the machine has");
    return new Node(shortName, machine.cpus(), machine.memoryBytes(), false);
  }

  static List<String> names(Section s, String key) throws ConfigException {
    String text = required(s, key);
    try {
      return Hostlist.expand(text);
    } catch (IllegalArgumentException e) {
      throw s.problem(key, ": " + e.getMessage());
    }
  }

  static String required(Section s, String key) throws ConfigException {
    Optional<String> value = s.optionalString(key);
    if (value.isEmpty()) {
      throw s.problem(key, " is missing");
    }
    return value.get();
  }
}
