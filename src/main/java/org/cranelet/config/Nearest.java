package org.cranelet.config;

import java.util.List;
import java.util.Optional;
import org.apache.commons.text.similarity.LevenshteinDistance;

/** What is probably meant by a name that nobody knows. */
public final class Nearest {
  private Nearest() {}

  /**
   * The first of those that take the fewest changes of a letter.
   *
   * @param most changes; a name that takes more is not meant
   */
  public static Optional<String> to(String word, List<String> names, int most) {
    String best = null;
    int least = most + 1;
    for (String name : names) {
      int changes = LevenshteinDistance.getDefaultInstance().apply(word, name);
      if (changes < least) {
        least = changes;
        best = name;
      }
    }
    return Optional.ofNullable(best);
  }
}
