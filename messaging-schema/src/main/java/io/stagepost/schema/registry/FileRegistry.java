package io.stagepost.schema.registry;

import static java.util.Objects.requireNonNull;

import io.stagepost.ConfigurationException;
import io.stagepost.MessagingException;
import io.stagepost.schema.RegisteredSchema;
import io.stagepost.schema.Schema;
import io.stagepost.schema.SchemaRefusedException;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Collectors;

/**
 * A folder of schemas, committed beside the contract that they belong to: no server needed.
 *
 * <pre>
 * orders-value/1.avsc          a folder for each subject, a file for each version:
 * orders-value/2.avsc            .avsc Avro, .json JSON Schema, .proto Protobuf
 * orders-value/2.references    what version 2 refers to, if it does; a line each: NAME SUBJECT VERSION
 * </pre>
 *
 * <p>A file for each version, so that a review shows a new version as a new file and a change of an
 * old one, which nobody should make, as a change. A subject's name is its folder's; characters
 * other than letters, digits, {@code .}, {@code _} and {@code -} are written as in URLs, {@code
 * %3A} for a colon, and so is a dot at its beginning. Other files of the folder itself, and hidden
 * ones, are left alone.
 *
 * <p><b>Ids</b> come from the schema: the first 31 bits of the SHA-256 of its format, its text
 * without the white space outside of strings (of Protobuf, only line ends are unified), and its
 * references. So nothing has to be kept beside the schemas, two branches that add one each do not
 * get in each other's way, and every checkout has the same ids; changing a version changes its id,
 * so events that were written with the old text are not read with another. Two schemas that happen
 * to have the same id are refused (of 1,000 schemas, two do once in 4,000 folders). They are not
 * the ids that a server would give: who writes with this registry must be read with it.
 * <b>GUIDs</b> are derived as Confluent's registry derives them, from the text as it is kept; so
 * they are the same there if the text is.
 *
 * <p>The folder is read once, when it is opened. It compares no versions; that is done where a
 * change is reviewed.
 *
 * <p>Thread-safe.
 */
public final class FileRegistry extends SubjectsRegistry {
  private final Path folder;
  private final boolean isWritable;

  private FileRegistry(Path folder, boolean isWritable) {
    super("The folder of schemas " + folder);
    this.folder = folder;
    this.isWritable = isWritable;
    new SchemaFolder(folder).readInto(subjects);
  }

  /**
   * Reads a folder. Its schemas stay as they are: {@link #register} takes only what is there.
   *
   * @param folder where the subjects' folders are; of any file system, such as a jar's
   * @return with all schemas read
   * @throws ConfigurationException naming all that is wrong, each with its file and line
   */
  public static FileRegistry open(Path folder) {
    return new FileRegistry(requireNonNull(folder, "folder"), false);
  }

  /**
   * Reads a folder, which {@link #register} adds files to: for the tools of a build, not for
   * services. One process at a time.
   *
   * @param folder where the subjects' folders are or will be
   * @return with all schemas read
   * @throws ConfigurationException naming all that is wrong, each with its file and line
   */
  public static FileRegistry openForWriting(Path folder) {
    return new FileRegistry(requireNonNull(folder, "folder"), true);
  }

  @Override
  void keep(RegisteredSchema added, Schema schema) {
    Path file =
        folder
            .resolve(SchemaFolder.nameOf(added.subject()))
            .resolve(added.version() + SchemaFolder.ending(schema.format()));
    if (!isWritable) {
      throw new SchemaRefusedException(
          "SP-SCHEMA-321",
          "The folder of schemas is not open for writing. Add the schema as "
              + file
              + ", or let the build register it: FileRegistry.openForWriting(folder).",
          null);
    }
    if (subjects.collision(added) == null) {
      write(file, added, schema);
    }
  }

  /** The references first: a schema without them would be another. */
  private static void write(Path file, RegisteredSchema added, Schema schema) {
    try {
      Path parent = requireNonNull(file.getParent());
      Files.createDirectories(parent);
      if (Files.exists(file)) {
        throw new FileAlreadyExistsException(file.toString());
      }
      if (!schema.references().isEmpty()) {
        Files.writeString(
            parent.resolve(added.version() + SchemaFolder.REFERENCES),
            schema.references().stream()
                .map(
                    reference ->
                        reference.name()
                            + " "
                            + reference.subject()
                            + " "
                            + reference.version()
                            + "\n")
                .collect(Collectors.joining()));
      }
      Path draft = Files.createTempFile(parent, ".", ".draft");
      Files.writeString(draft, schema.text().strip() + "\n");
      Files.move(draft, file);
    } catch (IOException failure) {
      throw new MessagingException(
          "SP-SCHEMA-322",
          "The schema could not be written to "
              + file
              + ": "
              + failure
              + ". Check the folder's permissions and space, and that nobody else writes to it.",
          failure);
    }
  }

  @Override
  public String toString() {
    return "folder of schemas " + folder;
  }
}
