package io.stagepost.asyncapi.catalogue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;

/** Where a site is written. A file lists what is in it of ours, so that we know it again. */
final class SiteDirectory {
  private static final String LIST = ".stagepost-catalogue";

  private final Path target;

  SiteDirectory(Path target) {
    this.target = target;
  }

  /** Makes the site's files these; gives how many were written or removed. */
  int replace(Map<String, byte[]> files, boolean force) {
    try {
      Set<String> old = owned(force);
      Map<String, byte[]> all = new TreeMap<>(files);
      all.put(LIST, (String.join("\n", all.keySet()) + "\n").getBytes(StandardCharsets.UTF_8));
      int changed = 0;
      for (Map.Entry<String, byte[]> file : all.entrySet()) {
        changed += write(inside(file.getKey()), file.getValue()) ? 1 : 0;
      }
      old.removeAll(all.keySet());
      for (String name : old) {
        changed += remove(inside(name)) ? 1 : 0;
      }
      return changed;
    } catch (IOException e) {
      throw new CatalogueException(
          "SP-CONTRACT-082",
          target + " cannot be written: " + e + ". Check permissions and space.",
          e);
    }
  }

  /** What of the directory is ours. */
  private Set<String> owned(boolean force) throws IOException {
    Path list = target.resolve(LIST);
    if (Files.isRegularFile(list, LinkOption.NOFOLLOW_LINKS)) {
      return new HashSet<>(Files.readAllLines(list));
    }
    if (Files.exists(target) && !force) {
      boolean isEmpty;
      try (Stream<Path> children =
          Files.isDirectory(target) ? Files.list(target) : Stream.of(target)) {
        isEmpty = children.findAny().isEmpty();
      }
      if (!isEmpty) {
        throw new CatalogueException(
            "SP-CONTRACT-081",
            target
                + " holds something that is no catalogue of contracts. Name an empty directory, or"
                + " write there all the same by --force.",
            null);
      }
    }
    return new HashSet<>();
  }

  /** The list may have been tampered with: nothing outside is touched. */
  private Path inside(String name) throws IOException {
    Path root = target.toAbsolutePath().normalize();
    Path file = root.resolve(name).normalize();
    if (!file.startsWith(root) || file.equals(root)) {
      throw new IOException(name + " in " + LIST + " is not in the directory");
    }
    return file;
  }

  private static boolean write(Path file, byte[] content) throws IOException {
    if (Files.isRegularFile(file)
        && Files.size(file) == content.length
        && Arrays.equals(Files.readAllBytes(file), content)) {
      return false;
    }
    Path directory = file.getParent();
    if (directory != null) {
      Files.createDirectories(directory);
    }
    Path beside = file.resolveSibling(file.getFileName() + ".new");
    Files.write(beside, content);
    Files.move(beside, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    return true;
  }

  private boolean remove(Path file) throws IOException {
    boolean isRemoved = Files.deleteIfExists(file);
    Path directory = file.getParent();
    if (directory != null && !directory.equals(target.toAbsolutePath().normalize())) {
      try {
        Files.deleteIfExists(directory);
      } catch (DirectoryNotEmptyException e) {
        return isRemoved; // others are still in it
      }
    }
    return isRemoved;
  }
}
