package org.cranelet.config;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * {@code Container.Dns}: what a pod's resolv.conf holds.
 *
 * @param clusterDomain the first search domain
 * @param servers IPv4 addresses
 */
public record Dns(
    String clusterDomain, List<String> servers, List<String> searches, List<String> options) {
  private static final Pattern IPV4 =
      Pattern.compile("((25[0-5]|2[0-4]\\d|1?\\d?\\d)(\\.|$)){4}(?<!\\.)");

  public static boolean isIpv4(String address) {
    return IPV4.matcher(address).matches();
  }

  /** All search domains, the cluster's first. */
  public List<String> searchDomains() {
    List<String> all = new ArrayList<>();
    all.add(clusterDomain);
    all.addAll(searches);
    return all;
  }

  static Dns read(Section s) throws ConfigException {
    Dns dns =
        new Dns(
            s.string("ClusterDomain", "cluster.local"),
            s.strings("Servers", List.of("127.0.0.1")),
            s.strings("Searches", List.of()),
            s.strings("Options", List.of()));
    for (String server : dns.servers) {
      if (!isIpv4(server)) {
        throw s.problem("Servers", ": '" + server + "' is not an IPv4 address");
      }
    }
    s.warnOfUnknownKeys();
    return dns;
  }
}
