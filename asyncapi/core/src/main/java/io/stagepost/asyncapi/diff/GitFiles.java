package io.stagepost.asyncapi.diff;

import io.stagepost.asyncapi.tree.MalformedException;
import io.stagepost.asyncapi.tree.Node;
import io.stagepost.asyncapi.tree.Pointer;
import io.stagepost.asyncapi.tree.TreeReader;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * A contract as it was in git, with the files that it refers to and no others. Reads objects only:
 * nothing is checked out, nothing in the repository changes.
 */
final class GitFiles {
  private static final int FILES = 200;
  private static final long SECONDS = 60;

  private final Path top;
  private final String commit;

  private GitFiles(Path top, String commit) {
    this.top = top;
    this.commit = commit;
  }

  /** What was found: the copy of the contract, if it was there. */
  record Found(Path file, boolean exists) {}

  /**
   * Copies a contract.
   *
   * @param reference a commit, branch or tag
   * @param file the contract in the work tree
   * @param folder where the copies go, under their paths in the repository
   * @throws IOException if git is not there, the file is in no repository, or there is no such
   *     commit
   */
  static Found copy(String reference, Path file, Path folder) throws IOException {
    Path absolute = file.toAbsolutePath();
    Path parent = absolute.getParent();
    if (parent == null) {
      throw new IOException(file + " is no file");
    }
    parent = parent.toRealPath();
    GitFiles files = at(reference, parent);
    return files.copy(files.top.relativize(parent.resolve(absolute.getFileName())), folder);
  }

  /**
   * What was in a folder.
   *
   * @param reference a commit, branch or tag
   * @param folder the folder in the work tree
   * @return the names of its files; none if it was not there
   * @throws IOException as for {@link #copy(String, Path, Path)}
   */
  static List<String> list(String reference, Path folder) throws IOException {
    Path real = folder.toRealPath();
    GitFiles files = at(reference, real);
    String path = files.top.relativize(real).toString().replace('\\', '/');
    List<String> names = new ArrayList<>();
    // Of a path with a slash at its end git lists what is in it, by whole paths.
    byte[] listed =
        path.isEmpty()
            ? git(files.top, "ls-tree", "-z", "--name-only", files.commit)
            : git(files.top, "ls-tree", "-z", "--name-only", files.commit, "--", path + "/");
    for (String each : new String(listed, StandardCharsets.UTF_8).split("\0", -1)) {
      if (!each.isEmpty()) {
        names.add(each.substring(each.lastIndexOf('/') + 1));
      }
    }
    return names;
  }

  /** What was committed, of the repository that a folder is in. */
  private static GitFiles at(String reference, Path folder) throws IOException {
    Path top = Path.of(line(git(folder, "rev-parse", "--show-toplevel"))).toRealPath();
    try {
      String commit = reference + "^{commit}";
      return new GitFiles(
          top, line(git(top, "rev-parse", "--verify", "--quiet", "--end-of-options", commit)));
    } catch (IOException e) {
      throw new IOException("there is no commit " + reference + " in " + top, e);
    }
  }

  private Found copy(Path contract, Path folder) throws IOException {
    Deque<Path> open = new ArrayDeque<>(List.of(contract));
    Set<Path> seen = new HashSet<>(open);
    boolean exists = false;
    while (!open.isEmpty() && seen.size() <= FILES) {
      Path path = open.remove();
      byte[] bytes;
      try {
        bytes = git(top, "cat-file", "blob", commit + ":" + path.toString().replace('\\', '/'));
      } catch (IOException absent) {
        continue; // Whoever reads the contract tells of it.
      }
      exists |= path.equals(contract);
      Path target = folder.resolve(path);
      Path parent = target.getParent();
      if (parent != null) {
        Files.createDirectories(parent);
      }
      Files.write(target, bytes);
      for (Path next : references(path, bytes)) {
        if (seen.add(next)) {
          open.add(next);
        }
      }
    }
    return new Found(folder.resolve(contract), exists);
  }

  /** The files beside one that it refers to, as far as they are in the repository. */
  private static List<Path> references(Path path, byte[] bytes) {
    Node root;
    try {
      String name = path.toString();
      root = TreeReader.read(name, bytes, TreeReader.Language.of(name)).root();
    } catch (MalformedException e) {
      return List.of();
    }
    List<Path> found = new ArrayList<>();
    Deque<Node> open = new ArrayDeque<>(List.of(root));
    while (!open.isEmpty()) {
      Node node = open.remove();
      String reference = node.reference();
      if (reference != null && !reference.startsWith("#") && !reference.contains("://")) {
        String file = reference.split("#", 2)[0];
        try {
          Path next = path.resolveSibling(Pointer.decode(file)).normalize();
          if (!next.isAbsolute() && !next.startsWith("..")) {
            found.add(next);
          }
        } catch (InvalidPathException e) {
          continue;
        }
      }
      open.addAll(node.members().values());
      open.addAll(node.items());
    }
    return found;
  }

  private static String line(byte[] output) {
    return new String(output, StandardCharsets.UTF_8).strip();
  }

  private static byte[] git(Path folder, String... arguments) throws IOException {
    List<String> command = new ArrayList<>(List.of("git", "-C", folder.toString()));
    command.addAll(List.of(arguments));
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectInput(ProcessBuilder.Redirect.PIPE);
    builder
        .environment()
        .putAll(
            Map.of(
                "LC_ALL", "C",
                "GIT_TERMINAL_PROMPT", "0",
                "GIT_OPTIONAL_LOCKS", "0",
                "GIT_NO_LAZY_FETCH", "1"));
    builder.redirectError(ProcessBuilder.Redirect.DISCARD);
    Process process;
    try {
      process = builder.start();
    } catch (IOException e) {
      throw new IOException("git cannot be run: " + e.getMessage(), e);
    }
    try (InputStream out = process.getInputStream()) {
      process.getOutputStream().close();
      byte[] bytes = out.readNBytes(TreeReader.BYTES + 1);
      if (bytes.length > TreeReader.BYTES) {
        throw new IOException("a file is larger than " + TreeReader.BYTES / 1024 / 1024 + " MiB");
      }
      if (!process.waitFor(SECONDS, TimeUnit.SECONDS)) {
        throw new IOException("git did not end within " + SECONDS + " s");
      }
      if (process.exitValue() != 0) {
        throw new IOException(
            arguments[0].equals("rev-parse") && arguments[1].equals("--show-toplevel")
                ? folder + " is in no git repository"
                : "git " + arguments[0] + " ended with " + process.exitValue());
      }
      return bytes;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    } finally {
      process.destroyForcibly();
    }
  }
}
