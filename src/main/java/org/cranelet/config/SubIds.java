package org.cranelet.config;

import java.util.ArrayList;
import java.util.List;

/**
 * {@code Container.SubId}: which sub-ids a user's namespaces get. Managed: from these mappings;
 * otherwise from {@code /etc/subuid} and {@code /etc/subgid}.
 */
public record SubIds(boolean managed, List<Mapping> uids, List<Mapping> gids) {
  private static final long ID_SPACE = 1L << 32;

  /**
   * Id {@code id+n}, for n below {@code idCount}, gets the {@code size} ids from {@code start +
   * n*size}.
   */
  public record Mapping(long id, long idCount, long start, long size) {
    private long end() {
      return start + idCount * size;
    }

    private boolean overlaps(Mapping other) {
      boolean ids = id < other.id + other.idCount && other.id < id + idCount;
      boolean subIds = start < other.end() && other.start < end();
      return ids || subIds;
    }
  }

  static SubIds read(Section s) throws ConfigException {
    SubIds subIds =
        new SubIds(
            s.bool("Managed", false), mappings(s, "UidMappings"), mappings(s, "GidMappings"));
    s.warnOfUnknownKeys();
    return subIds;
  }

  private static List<Mapping> mappings(Section s, String key) throws ConfigException {
    List<Mapping> all = new ArrayList<>();
    for (Section m : s.sections(key)) {
      for (String required : List.of("Id", "IdCount", "SubIdStart", "SubIdSize")) {
        if (!m.has(required)) {
          throw m.problem(required, " is missing");
        }
      }
      Mapping mapping =
          new Mapping(
              m.integer("Id", 0, 0, ID_SPACE - 1),
              m.integer("IdCount", 1, 1, ID_SPACE),
              m.integer("SubIdStart", 0, 0, ID_SPACE - 1),
              m.integer("SubIdSize", 65536, 1, ID_SPACE));
      m.warnOfUnknownKeys();
      if (mapping.idCount > ID_SPACE / mapping.size
          || mapping.end() > ID_SPACE
          || mapping.id + mapping.idCount > ID_SPACE) {
        throw m.problem("SubIdStart", ": the mapping goes beyond 2^32");
      }
      for (Mapping other : all) {
        if (mapping.overlaps(other)) {
          throw m.problem("Id", ": overlaps another mapping");
        }
      }
      all.add(mapping);
    }
    return List.copyOf(all);
  }
}
