package io.stagepost.asyncapi;

import java.util.Collection;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What somebody may have meant. */
final class Suggestion {
  private Suggestion() {}

  /** The known name that is nearest to a mistaken one, as the end of a sentence; empty if none. */
  static String among(String mistaken, Collection<String> known) {
    String best = near(mistaken, known, Math.max(1, mistaken.length() / 3));
    return best == null ? "" : " (did you mean '" + best + "'?)";
  }

  /** The known name from which a mistaken one differs in a letter or two; null if none. */
  static @Nullable String near(String mistaken, Collection<String> known) {
    return near(mistaken, known, mistaken.length() < 8 ? 1 : 2);
  }

  private static @Nullable String near(String mistaken, Collection<String> known, int most) {
    // Among very many the search would take longer than it helps.
    if (mistaken.length() > 100 || known.size() > 1_000) {
      return null;
    }
    String best = null;
    int least = most + 1;
    for (String each : known) {
      if (Math.abs(each.length() - mistaken.length()) < least) {
        int distance = distance(mistaken.toLowerCase(Locale.ROOT), each.toLowerCase(Locale.ROOT));
        if (distance < least) {
          least = distance;
          best = each;
        }
      }
    }
    return best;
  }

  private static int distance(String a, String b) {
    int[] row = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      row[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int above = row[j];
        int change = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        row[j] = Math.min(change, Math.min(above, row[j - 1]) + 1);
        diagonal = above;
      }
    }
    return row[b.length()];
  }
}
