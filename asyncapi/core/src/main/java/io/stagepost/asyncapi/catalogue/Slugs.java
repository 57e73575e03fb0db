package io.stagepost.asyncapi.catalogue;

import java.text.Normalizer;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;

/** Names that are fit for files and fragments, each once. Not thread-safe. */
final class Slugs {
  private static final int LONGEST = 60;

  private final Set<String> taken = new HashSet<>();

  /** A name that was not given before. */
  String next(String text) {
    String slug = of(text);
    String name = slug;
    for (int i = 2; !taken.add(name); i++) {
      name = slug + "-" + i;
    }
    return name;
  }

  static String of(String text) {
    String slug =
        Normalizer.normalize(text, Normalizer.Form.NFKD)
            .replaceAll("([a-z0-9])([A-Z])", "$1-$2")
            .toLowerCase(Locale.ROOT)
            .replaceAll("\\p{M}+", "")
            .replaceAll("[^a-z0-9]+", "-")
            .replaceAll("^-|-$", "");
    slug = slug.length() > LONGEST ? slug.substring(0, LONGEST).replaceAll("-$", "") : slug;
    return slug.isEmpty() ? "x" : slug;
  }
}
