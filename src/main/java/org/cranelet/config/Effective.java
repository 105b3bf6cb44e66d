package org.cranelet.config;

import java.util.ArrayList;
import java.util.List;

/** What was read, in order: every setting with its value and where it came from; and warnings. */
final class Effective {
  /**
   * One effective setting.
   *
   * @param key its path in the file, such as {@code Container.TempDir}
   * @param value as text
   * @param origin {@code FILE:LINE}, {@code default}, or what else decided
   */
  record Entry(String key, String value, String origin) {}

  final List<Entry> entries = new ArrayList<>();
  final List<String> warnings = new ArrayList<>();

  void add(String key, Object value, String origin) {
    entries.add(new Entry(key, value.toString(), origin));
  }
}
