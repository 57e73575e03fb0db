package io.stagepost.asyncapi.catalogue;

import io.stagepost.asyncapi.Checked;
import io.stagepost.asyncapi.Contract;
import io.stagepost.asyncapi.Finding;
import io.stagepost.asyncapi.Terms;
import io.stagepost.asyncapi.tree.Place;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A document of the catalogue.
 *
 * @param file relative to the directory in which it was found, with slashes
 * @param slug its name in addresses of pages
 * @param directory where it was found
 * @param checked what came of checking it
 */
record Entry(String file, String slug, Path directory, Checked checked) {
  /** The contract, if it is valid. */
  Optional<Contract> valid() {
    return checked.isValid() ? checked.contract() : Optional.empty();
  }

  List<Finding> findings() {
    return checked.findings();
  }

  String title() {
    return checked.contract().map(Contract::title).filter(t -> !t.isBlank()).orElse(file);
  }

  String version() {
    return checked.contract().map(Contract::version).orElse("");
  }

  /** The team that owns it; empty if it does not say. */
  String owner() {
    return checked
        .contract()
        .flatMap(contract -> Terms.of(contract).text("x-owner", "team"))
        .map(Terms.Term::value)
        .orElse("");
  }

  /** A place, without what is the machine's own. */
  String shown(Place place) {
    return shown(place.file()) + ":" + place.line();
  }

  /** A file, relative to the directory. */
  String shown(String file) {
    if (file.matches("[a-zA-Z][a-zA-Z0-9+.-]+:.*")) {
      return file;
    }
    try {
      Path path = Path.of(file).toAbsolutePath().normalize();
      return slashed(directory.toAbsolutePath().normalize().relativize(path));
    } catch (InvalidPathException e) {
      return file;
    }
  }

  static String slashed(Path path) {
    return path.toString().replace('\\', '/');
  }

  /** Slugs are unique in a catalogue. */
  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Entry entry && entry.slug.equals(slug);
  }

  @Override
  public int hashCode() {
    return slug.hashCode();
  }
}
