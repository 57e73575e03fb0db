package io.stagepost.asyncapi.generate;

import io.stagepost.MessagingException;
import io.stagepost.asyncapi.Finding;
import io.stagepost.asyncapi.Severity;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** What was generated from contracts. Immutable. */
public final class Generated {
  private final String packageName;
  private final Map<String, String> files;
  private final List<Finding> findings;

  Generated(String packageName, Map<String, String> files, List<Finding> findings) {
    this.packageName = packageName;
    this.files = Collections.unmodifiableMap(new TreeMap<>(files));
    this.findings = List.copyOf(findings);
  }

  /**
   * The source files.
   *
   * @return their text, by their path below the folder of sources, with slashes; none if a finding
   *     is an error
   */
  public Map<String, String> files() {
    return files;
  }

  /**
   * What cannot be generated (errors), or not as well as it might be (warnings), with its place.
   *
   * @return sorted
   */
  public List<Finding> findings() {
    return findings;
  }

  /**
   * Whether everything could be generated.
   *
   * @return whether no finding is an error
   */
  public boolean isComplete() {
    return findings.stream().noneMatch(finding -> finding.severity() == Severity.ERROR);
  }

  /**
   * Writes the files below a folder. One that is there already with the same text stays as it is,
   * so that nothing is compiled for it; those of the package that were generated before, and are no
   * longer, are deleted. What was not generated is never touched.
   *
   * @param folder the folder of sources; made if it is not there
   * @return whether anything changed
   * @throws IOException if the file system says so
   * @throws MessagingException {@code SP-CONTRACT-011} if not everything could be generated; {@code
   *     SP-CONTRACT-012} if a file stands in the way that was not generated. Nothing is written
   *     then
   */
  public boolean writeTo(Path folder) throws IOException {
    if (!isComplete()) {
      throw new MessagingException(
          "SP-CONTRACT-011",
          "Nothing is written to "
              + folder
              + ", since not everything could be generated; mend the errors first.");
    }
    List<Path> old = old(folder.resolve(packageName.replace('.', '/')));
    for (String name : files.keySet()) {
      Path file = folder.resolve(name);
      if (Files.exists(file) && !old.contains(file)) {
        throw new MessagingException(
            "SP-CONTRACT-012",
            file
                + " stands in the way, and was not generated: its first line does not say so. Move"
                + " it, or generate into another package or folder.");
      }
    }
    boolean changed = false;
    for (Map.Entry<String, String> entry : files.entrySet()) {
      Path file = folder.resolve(entry.getKey());
      byte[] text = entry.getValue().getBytes(StandardCharsets.UTF_8);
      if (!old.remove(file) || !Arrays.equals(Files.readAllBytes(file), text)) {
        Files.createDirectories(file.getParent());
        Files.write(file, text);
        changed = true;
      }
    }
    for (Path gone : old) {
      Files.delete(gone);
      changed = true;
    }
    return changed;
  }

  /** What was generated before into the package. */
  private static List<Path> old(Path folder) throws IOException {
    List<Path> old = new ArrayList<>();
    if (!Files.isDirectory(folder)) {
      return old;
    }
    try (Stream<Path> all = Files.list(folder)) {
      for (Path file : all.filter(each -> each.toString().endsWith(".java")).toList()) {
        try (BufferedReader reader = Files.newBufferedReader(file, StandardCharsets.ISO_8859_1)) {
          String first = reader.readLine();
          if (first != null && first.startsWith(Generator.MARKER)) {
            old.add(file);
          }
        }
      }
    }
    return old;
  }
}
