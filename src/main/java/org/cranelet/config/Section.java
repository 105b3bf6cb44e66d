package org.cranelet.config;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.DumperOptions;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;
import org.yaml.snakeyaml.nodes.Tag;

/**
 * One mapping of the YAML file. Each getter names a key, its type and its default, notes the
 * effective value with its origin, and fails with file and line if the type is wrong.
 */
final class Section {
  private final String file;
  private final String path;
  private final Effective effective;
  private final Map<String, Node> values = new LinkedHashMap<>();
  private final Map<String, Integer> lines = new LinkedHashMap<>();
  private final List<String> known = new ArrayList<>();
  private final int ownLine; // 0: the file as a whole, or not there

  Section(String file, String path, @Nullable Node node, Effective effective)
      throws ConfigException {
    this.file = file;
    this.path = path;
    this.effective = effective;
    this.ownLine = node == null || path.isEmpty() ? 0 : line(node);
    if (node == null || isNull(node)) {
      return;
    }
    if (!(node instanceof MappingNode mapping)) {
      throw new ConfigException(
          at(node)
              + ": "
              + (path.isEmpty() ? "the file" : path)
              + " must be a mapping (key: value)");
    }
    for (NodeTuple tuple : mapping.getValue()) {
      if (tuple.getKeyNode() instanceof ScalarNode key) {
        if (values.put(key.getValue(), tuple.getValueNode()) != null) {
          throw new ConfigException(at(key) + ": " + name(key.getValue()) + " is there twice");
        }
        lines.put(key.getValue(), line(key));
      }
    }
  }

  String string(String key, String byDefault) throws ConfigException {
    return value(key, byDefault, "a text", Section::text);
  }

  Path path(String key, String byDefault) throws ConfigException {
    return value(key, Path.of(byDefault), "a path", node -> parse(node, Path::of));
  }

  /** A path that, if it is relative, is below {@code base}. */
  Path path(String key, String byDefault, Path base) throws ConfigException {
    return value(
        key,
        base.resolve(byDefault).normalize(),
        "a path",
        node -> parse(node, text -> base.resolve(text).normalize()));
  }

  /** Notes the value of a key that is not there and whose default is another key's value. */
  void byDefault(String key, Object value) {
    note(key, value, "default");
  }

  Optional<String> optionalString(String key) throws ConfigException {
    Node node = get(key);
    if (node == null) {
      return Optional.empty();
    }
    return Optional.of(note(key, text(scalar(key, node, "a text")), at(node)));
  }

  boolean bool(String key, boolean byDefault) throws ConfigException {
    return value(
        key,
        byDefault,
        "true or false",
        node ->
            node.getTag().equals(Tag.BOOL)
                ? "true".equalsIgnoreCase(node.getValue())
                    || "yes".equalsIgnoreCase(node.getValue())
                    || "on".equalsIgnoreCase(node.getValue())
                : null);
  }

  long integer(String key, long byDefault, long min, long max) throws ConfigException {
    return value(
        key,
        byDefault,
        "a whole number from " + min + " to " + max,
        node -> {
          Long n = parse(node, Long::parseLong);
          return n == null || n < min || n > max ? null : n;
        });
  }

  /** Seconds, fractions allowed, above 0. */
  Duration seconds(String key, Duration byDefault) throws ConfigException {
    return value(key, byDefault, "a number of seconds above 0", node -> seconds(node, 1));
  }

  /** Seconds, fractions allowed, or 0. */
  Duration secondsOrZero(String key, Duration byDefault) throws ConfigException {
    return value(key, byDefault, "a number of seconds, or 0", node -> seconds(node, 0));
  }

  private static @Nullable Duration seconds(ScalarNode node, long leastMillis) {
    String text = node.getValue();
    if (!text.matches("\\d{1,9}(\\.\\d{1,3})?")) {
      return null;
    }
    long millis = Math.round(Double.parseDouble(text) * 1000);
    return millis >= leastMillis ? Duration.ofMillis(millis) : null;
  }

  long size(String key, long byDefault, char defaultUnit) throws ConfigException {
    return value(
        key,
        byDefault,
        "a size (a number with K, M, G or T)",
        node -> parse(node, text -> Size.parse(text, defaultUnit)));
  }

  /** A value given as text in a form of its own; {@code parser} throws IllegalArgumentException. */
  <T> T parsed(String key, T byDefault, String what, Function<String, T> parser)
      throws ConfigException {
    return value(key, byDefault, what, node -> parse(node, parser));
  }

  List<String> strings(String key, List<String> byDefault) throws ConfigException {
    Node node = get(key);
    if (node == null) {
      return note(key, byDefault, "default");
    }
    if (node instanceof ScalarNode one) {
      return note(key, List.of(one.getValue()), at(node));
    }
    List<String> all = new ArrayList<>();
    for (Node item : sequence(key, node)) {
      all.add(text(scalar(key, item, "a list of texts")));
    }
    return note(key, List.copyOf(all), at(node));
  }

  Section section(String key) throws ConfigException {
    Node node = get(key);
    return new Section(file, name(key), node, effective);
  }

  boolean has(String key) {
    return get(key) != null;
  }

  List<Section> sections(String key) throws ConfigException {
    Node node = get(key);
    List<Section> all = new ArrayList<>();
    if (node != null) {
      for (Node item : sequence(key, node)) {
        all.add(new Section(file, name(key) + "[" + all.size() + "]", item, effective));
      }
    }
    return all;
  }

  /** As {@link #sections}; a text alone is a mapping with only {@code textKey}. */
  List<Section> sectionsOrTexts(String key, String textKey) throws ConfigException {
    Node node = get(key);
    List<Section> all = new ArrayList<>();
    if (node != null) {
      for (Node item : sequence(key, node)) {
        Node mapping = item instanceof ScalarNode text ? mappingOf(textKey, text) : item;
        all.add(new Section(file, name(key) + "[" + all.size() + "]", mapping, effective));
      }
    }
    return all;
  }

  private static Node mappingOf(String key, ScalarNode value) {
    ScalarNode name =
        new ScalarNode(
            Tag.STR,
            key,
            value.getStartMark(),
            value.getEndMark(),
            DumperOptions.ScalarStyle.PLAIN);
    return new MappingNode(
        Tag.MAP,
        true,
        List.of(new NodeTuple(name, value)),
        value.getStartMark(),
        value.getEndMark(),
        DumperOptions.FlowStyle.BLOCK);
  }

  /** The file it stands in. */
  String file() {
    return file;
  }

  /**
   * That the value of a key cannot be used; says where it stands.
   *
   * @param why goes on behind the key's whole name
   */
  ConfigException problem(String key, String why) {
    return new ConfigException(where(key) + ": " + name(key) + why);
  }

  /** Where a key stands, {@code FILE:LINE}; the section's own name if it is not there. */
  String where(String key) {
    Integer line = lines.get(key);
    if (line != null) {
      return file + ":" + line;
    }
    return ownLine == 0 ? file : file + ":" + ownLine;
  }

  /** A key that nobody knows and that is probably meant to be this one, as a sentence. */
  Optional<String> misspelt(String key) {
    return lines.keySet().stream()
        .filter(k -> !known.contains(k) && nearest(k).equals(Optional.of(key)))
        .findFirst()
        .map(k -> where(k) + ": " + name(k) + " is not a known key.");
  }

  /** Warns of each key that no getter asked for, and names the nearest one that is known. */
  void warnOfUnknownKeys() {
    for (Map.Entry<String, Integer> entry : lines.entrySet()) {
      String key = entry.getKey();
      if (!known.contains(key)) {
        effective.warnings.add(
            file
                + ":"
                + entry.getValue()
                + ": unknown key "
                + name(key)
                + nearest(key).map(n -> ", did you mean " + n + "?").orElse("")
                + " (ignored)");
      }
    }
  }

  /** Of several that are as near, the one that was asked for last. */
  private Optional<String> nearest(String key) {
    return Nearest.to(key, known.reversed(), Math.max(2, key.length() / 2));
  }

  private interface Reader<T> {
    /** The value, or null if the node does not hold one. */
    @Nullable T read(ScalarNode node);
  }

  private <T> T value(String key, T byDefault, String what, Reader<T> reader)
      throws ConfigException {
    Node node = get(key);
    if (node == null) {
      return note(key, byDefault, "default");
    }
    T read = reader.read(scalar(key, node, what));
    if (read == null) {
      throw wrong(key, node, what);
    }
    return note(key, read, at(node));
  }

  private static <T> @Nullable T parse(ScalarNode node, Function<String, T> parser) {
    try {
      return parser.apply(node.getValue());
    } catch (IllegalArgumentException e) {
      return null;
    }
  }

  private static String text(ScalarNode node) {
    return node.getValue();
  }

  private @Nullable Node get(String key) {
    if (!known.contains(key)) {
      known.add(key);
    }
    Node node = values.get(key);
    return node == null || isNull(node) ? null : node;
  }

  private ScalarNode scalar(String key, Node node, String what) throws ConfigException {
    if (node instanceof ScalarNode scalar) {
      return scalar;
    }
    throw wrong(key, node, what);
  }

  private List<Node> sequence(String key, Node node) throws ConfigException {
    if (node instanceof SequenceNode sequence) {
      return sequence.getValue();
    }
    throw wrong(key, node, "a list");
  }

  private ConfigException wrong(String key, Node node, String what) {
    String found =
        node instanceof ScalarNode scalar
            ? "'" + scalar.getValue() + "'"
            : node instanceof SequenceNode ? "a list" : "a mapping";
    return new ConfigException(at(node) + ": " + name(key) + " must be " + what + ", not " + found);
  }

  private <T> T note(String key, T value, String origin) {
    effective.add(
        name(key), value instanceof Duration d ? seconds(d) : String.valueOf(value), origin);
    return value;
  }

  private static String seconds(Duration d) {
    return d.toMillis() % 1000 == 0 ? d.toSeconds() + " s" : d.toMillis() + " ms";
  }

  String name(String key) {
    return path.isEmpty() ? key : path + "." + key;
  }

  private String at(Node node) {
    return file + ":" + line(node);
  }

  private static int line(Node node) {
    return node.getStartMark().getLine() + 1;
  }

  private static boolean isNull(Node node) {
    return node.getTag().equals(Tag.NULL);
  }
}
