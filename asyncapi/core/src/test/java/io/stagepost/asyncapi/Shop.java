package io.stagepost.asyncapi;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A contract with a bit of everything, and copies of it with something changed. */
final class Shop {
  static final Path FILE = Path.of("src/test/resources/contracts/shop.yaml");

  private Shop() {}

  static String text() {
    try {
      return Files.readString(FILE);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A copy with one text replaced by another, beside copies of the files it refers to. */
  static Path changed(Path folder, String from, String to) throws IOException {
    String text = text();
    int at = text.indexOf(from);
    if (at < 0 || text.indexOf(from, at + 1) >= 0) {
      throw new IllegalArgumentException("not there, or more than once: " + from);
    }
    Path common = Files.createDirectories(folder.resolve("common"));
    for (String name : new String[] {"schemas.yaml", "Bill.avsc"}) {
      Path target = common.resolve(name);
      if (!Files.exists(target)) {
        Files.copy(FILE.resolveSibling("common").resolve(name), target);
      }
    }
    return Files.writeString(folder.resolve("shop.yaml"), text.replace(from, to));
  }
}
