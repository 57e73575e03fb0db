package io.stagepost.schema.registry;

import static java.util.Objects.requireNonNull;

import io.stagepost.ConfigurationException;
import io.stagepost.schema.RegisteredSchema;
import io.stagepost.schema.Schema;
import io.stagepost.schema.Schema.Format;
import io.stagepost.schema.Schema.Reference;
import java.io.IOException;
import java.net.URLDecoder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Reads the files of a {@link FileRegistry}. */
final class SchemaFolder {
  static final String REFERENCES = ".references";

  private static final long LONGEST = 10 * 1024 * 1024;
  private static final Pattern VERSION = Pattern.compile("([1-9]\\d{0,8})\\.(avsc|json|proto)");
  private static final Pattern LIST = Pattern.compile("([1-9]\\d{0,8})\\.references");
  private static final Pattern REFERENCE = Pattern.compile("(\\S+)\\s+(\\S+)\\s+(\\d{1,9}|-1)");

  private final Path folder;
  private final List<String> problems = new ArrayList<>();

  /** Where each schema was read. */
  private final Map<Schema, Path> read = new HashMap<>();

  SchemaFolder(Path folder) {
    this.folder = folder;
  }

  static String ending(Format format) {
    return switch (format) {
      case AVRO -> ".avsc";
      case JSON -> ".json";
      case PROTOBUF -> ".proto";
    };
  }

  private static Format format(String ending) {
    return switch (ending) {
      case "avsc" -> Format.AVRO;
      case "json" -> Format.JSON;
      default -> Format.PROTOBUF;
    };
  }

  /** The folder's name for a subject: never a path, whatever the subject is. */
  static String nameOf(String subject) {
    StringBuilder name = new StringBuilder();
    for (byte b : subject.getBytes(StandardCharsets.UTF_8)) {
      char c = (char) (b & 0xff);
      boolean isPlain =
          (c >= 'a' && c <= 'z')
              || (c >= 'A' && c <= 'Z')
              || (c >= '0' && c <= '9')
              || c == '_'
              || c == '-'
              || (c == '.' && !name.isEmpty());
      name.append(isPlain ? String.valueOf(c) : String.format(Locale.ROOT, "%%%02X", (int) c));
    }
    return name.toString();
  }

  private static @Nullable String subjectOf(String name) {
    try {
      String subject = URLDecoder.decode(name.replace("+", "%2B"), StandardCharsets.UTF_8);
      return nameOf(subject).equals(name) ? subject : null;
    } catch (IllegalArgumentException malformed) {
      return null;
    }
  }

  void readInto(Subjects subjects) {
    try {
      for (Path each : sorted(folder)) {
        if (Files.isDirectory(each)) {
          readSubject(each, subjects);
        }
      }
      read.forEach((schema, file) -> checkReferences(schema, file, subjects));
    } catch (IOException unreadable) {
      problem(folder + ": cannot be read: " + unreadable + "; check that it is there");
    }
    if (!problems.isEmpty()) {
      throw new ConfigurationException("The folder of schemas", problems);
    }
  }

  private void checkReferences(Schema schema, Path file, Subjects subjects) {
    for (Reference reference : schema.references()) {
      if (!subjects.has(reference)) {
        problem(
            file
                + ": refers to version "
                + reference.version()
                + " of the subject "
                + reference.subject()
                + ", which is not there; add it, or mend the references beside it");
      }
    }
  }

  private void readSubject(Path directory, Subjects subjects) throws IOException {
    String subject = subjectOf(name(directory));
    if (subject == null) {
      problem(
          directory
              + ": is no subject's name as it must be written: letters, digits, '.', '_' and '-',"
              + " and %XX for everything else; rename it");
      return;
    }
    Map<Integer, Path> versions = new HashMap<>();
    List<Path> files = sorted(directory);
    for (Path file : files) {
      Matcher version = VERSION.matcher(name(file));
      if (version.matches()) {
        Path other = versions.put(Integer.valueOf(version.group(1)), file);
        if (other == null) {
          readVersion(subject, file, version, subjects);
        } else {
          problem(file + ": is the same version as " + name(other) + "; remove one of them");
        }
      }
    }
    for (Path file : files) {
      Matcher list = LIST.matcher(name(file));
      if (list.matches()) {
        if (!versions.containsKey(Integer.valueOf(list.group(1)))) {
          problem(file + ": there is no schema of that version; add it, or remove the references");
        }
      } else if (!VERSION.matcher(name(file)).matches()) {
        problem(
            file
                + ": is no version; name it NUMBER.avsc, NUMBER.json or NUMBER.proto, or keep it"
                + " elsewhere");
      }
    }
  }

  private void readVersion(String subject, Path file, Matcher name, Subjects subjects)
      throws IOException {
    String text = text(file);
    if (text == null) {
      return;
    }
    List<Reference> references = references(file.resolveSibling(name.group(1) + REFERENCES));
    Schema schema = new Schema(format(name.group(2)), text, references);
    String wrong = SchemaText.problem(schema);
    if (wrong != null) {
      problem(file + ":" + wrong + "; mend it");
      return;
    }
    RegisteredSchema added = Subjects.registered(subject, Integer.parseInt(name.group(1)), schema);
    Schema same = subjects.collision(added);
    if (same != null) {
      problem(
          file
              + ": has the same id "
              + added.id()
              + " as "
              + read.get(same)
              + ", by chance; change the text of the newer one, by a comment or a description");
      return;
    }
    subjects.add(added);
    read.put(added.schema(), file);
  }

  private List<Reference> references(Path file) throws IOException {
    if (!Files.exists(file)) {
      return List.of();
    }
    String text = text(file);
    List<Reference> references = new ArrayList<>();
    int number = 0;
    for (String line : text == null ? List.<String>of() : text.lines().toList()) {
      number++;
      if (line.isBlank() || line.startsWith("#")) {
        continue;
      }
      Matcher reference = REFERENCE.matcher(line.trim());
      if (reference.matches()) {
        references.add(
            new Reference(
                reference.group(1), reference.group(2), Integer.parseInt(reference.group(3))));
      } else {
        problem(
            file
                + ":"
                + number
                + ": is no reference; write NAME SUBJECT VERSION, with spaces between them");
      }
    }
    return references;
  }

  private @Nullable String text(Path file) throws IOException {
    if (Files.size(file) > LONGEST) {
      problem(file + ": has " + Files.size(file) + " bytes, more than " + LONGEST + "; shorten it");
      return null;
    }
    try {
      return Files.readString(file);
    } catch (CharacterCodingException notText) {
      problem(file + ": is not UTF-8; convert it");
      return null;
    }
  }

  private void problem(String what) {
    problems.add("SP-SCHEMA-320 " + what + ".");
  }

  /** Without the hidden ones. */
  private static List<Path> sorted(Path directory) throws IOException {
    try (Stream<Path> entries = Files.list(directory)) {
      return entries.filter(each -> !name(each).startsWith(".")).sorted().toList();
    }
  }

  private static String name(Path path) {
    // of a jar's folder it ends with a slash
    return requireNonNull(path.getFileName()).toString().replaceAll("/$", "");
  }
}
