package io.stagepost.asyncapi.catalogue;

import io.stagepost.asyncapi.Checked;
import io.stagepost.asyncapi.ContractException;
import io.stagepost.asyncapi.Contracts;
import io.stagepost.asyncapi.Finding;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * All contracts in some directories. Immutable and thread-safe.
 *
 * <pre>{@code
 * Catalogue catalogue = Catalogue.read(Contracts.offline(), List.of(Path.of("contracts")));
 * catalogue.write(Path.of("site"), false);
 * }</pre>
 *
 * <p>A contract is a file {@code .yaml}, {@code .yml} or {@code .json} that says {@code asyncapi:}
 * at its first level; what hidden directories and {@code node_modules} hold is left out. A contract
 * that is wrong is in the catalogue too, with its findings, and stops nothing.
 */
public final class Catalogue {
  private static final Pattern RECOGNISED =
      Pattern.compile(
          "(?m)^(?:\\uFEFF)?(?:[\"']?asyncapi[\"']?\\s*:|\\s*\\{?\\s*\"asyncapi\"\\s*:)");

  private final List<Entry> entries;
  private final List<String> skipped;

  private Catalogue(List<Entry> entries, List<String> skipped) {
    this.entries = List.copyOf(entries);
    this.skipped = List.copyOf(skipped);
  }

  /**
   * Reads all contracts in directories, and below.
   *
   * @param contracts how documents are read
   * @param directories where; a file is taken as it is
   * @return the catalogue
   * @throws CatalogueException {@code SP-CONTRACT-080} if a directory or a file in it cannot be
   *     read
   */
  public static Catalogue read(Contracts contracts, Collection<Path> directories) {
    List<Entry> entries = new ArrayList<>();
    List<String> skipped = new ArrayList<>();
    Slugs slugs = new Slugs();
    for (Path given : directories) {
      Path above = given.toAbsolutePath().getParent();
      Path directory = Files.isDirectory(given) || above == null ? given : above;
      for (Path file : files(given)) {
        if (!isContract(file)) {
          skipped.add(file.toString());
          continue;
        }
        String name = Entry.slashed(relative(directory, file));
        Checked checked;
        try {
          checked = contracts.check(file);
        } catch (ContractException e) {
          throw unreadable(file, e);
        }
        String slug = slugs.next(name.replaceAll("\\.[a-z]+$", "").replaceAll("[-.]asyncapi$", ""));
        entries.add(new Entry(name, slug, directory, checked));
      }
    }
    return new Catalogue(entries, skipped);
  }

  private static Path relative(Path directory, Path file) {
    return directory.toAbsolutePath().normalize().relativize(file.toAbsolutePath().normalize());
  }

  private static CatalogueException unreadable(Path file, Exception cause) {
    return new CatalogueException(
        "SP-CONTRACT-080",
        file + " cannot be read: " + cause.getMessage() + ". Name directories that hold contracts.",
        cause);
  }

  private static Collection<Path> files(Path given) {
    TreeSet<Path> files = new TreeSet<>();
    try {
      Files.walkFileTree(
          given,
          new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes a) {
              Path last = directory.toAbsolutePath().normalize().getFileName();
              String name = last == null ? "" : last.toString();
              boolean isLeftOut =
                  !directory.equals(given) && (name.startsWith(".") || name.equals("node_modules"));
              return isLeftOut ? FileVisitResult.SKIP_SUBTREE : FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
              String name = file.toString().toLowerCase(Locale.ROOT);
              if (!attributes.isDirectory()
                  && (file.equals(given) || name.matches(".*\\.(ya?ml|json)"))) {
                files.add(file);
              }
              return FileVisitResult.CONTINUE;
            }
          });
    } catch (IOException e) {
      throw unreadable(given, e);
    }
    return files;
  }

  private static boolean isContract(Path file) {
    try {
      return RECOGNISED
          .matcher(new String(Files.readAllBytes(file), StandardCharsets.UTF_8))
          .find();
    } catch (IOException e) {
      throw unreadable(file, e);
    }
  }

  List<Entry> entries() {
    return entries;
  }

  /**
   * Files that were looked at and are no contracts.
   *
   * @return as they were found
   */
  public List<String> skipped() {
    return skipped;
  }

  /**
   * How many contracts there are, wrong ones included.
   *
   * @return how many
   */
  public int size() {
    return entries.size();
  }

  /**
   * What is wrong with the contracts that are.
   *
   * @return the findings of all contracts that are not valid, warnings included, in order
   */
  public List<Finding> findings() {
    return entries.stream()
        .filter(entry -> !entry.checked().isValid())
        .flatMap(entry -> entry.findings().stream())
        .toList();
  }

  /**
   * Who talks to whom, by the contracts that are valid.
   *
   * @return the map
   */
  public ContractMap map() {
    return new ContractMap(Landscape.of(entries));
  }

  /**
   * Writes the site. What it wrote before and is no longer needed is removed, what has not changed
   * is not written again, and any other file in the directory is left alone.
   *
   * @param target the directory; made if it is not there
   * @param force whether it may hold something else
   * @return how many files were written or removed
   * @throws CatalogueException {@code SP-CONTRACT-081} if the directory is not empty and not a
   *     catalogue's; {@code SP-CONTRACT-082} if it cannot be written
   */
  public int write(Path target, boolean force) {
    return new SiteDirectory(target).replace(new Site(this).files(), force);
  }
}
