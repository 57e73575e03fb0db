package io.stagepost.dlq;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.stagepost.spi.Header;
import io.stagepost.spi.Message;
import io.stagepost.spi.Origin;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ArchiveTest {
  @TempDir private Path folder;

  private static final byte[] BINARY = {0, -1, (byte) 0xC3, 0x28, 10, 13, '"'};

  @ParameterizedTest
  @ValueSource(strings = {"letters.ndjson", "letters.ndjson.gz", "letters.ndjson.zst"})
  void what_was_exported_is_imported_byte_for_byte(String name) {
    Path file = folder.resolve(name);
    List<Message> letters = letters();
    try (Archive.Writer writer = Archive.create(file, "dead")) {
      for (int i = 0; i < letters.size(); i++) {
        writer.add(letter(letters.get(i), i));
      }
    }
    List<Message> read = new ArrayList<>();
    Archive.Contents contents = Archive.read(file, read::add);
    assertThat(contents.address()).isEqualTo("dead");
    assertThat(contents.letters()).isEqualTo(letters.size());
    assertThat(read)
        .usingRecursiveFieldByFieldElementComparator()
        .containsExactlyElementsOf(letters);
  }

  @Test
  void a_file_that_was_cut_short_or_changed_is_refused() throws IOException {
    Path file = folder.resolve("letters.ndjson");
    try (Archive.Writer writer = Archive.create(file, "dead")) {
      letters().forEach(message -> writer.add(letter(message, 0)));
    }
    List<String> lines = Files.readAllLines(file);
    refused(lines.subList(0, lines.size() - 1), "cut short");
    refused(lines.subList(1, lines.size()), "line 1");
    List<String> changed = new ArrayList<>(lines);
    changed.set(1, lines.get(1).replace("text", "Text"));
    refused(changed, "SHA-256");
    List<String> less = new ArrayList<>(lines);
    less.remove(1);
    refused(less, "SHA-256");
    refused(List.of("{}"), "does not begin as an export");
    refused(List.of("no json"), "no JSON");
  }

  @Test
  void what_cannot_be_written_or_was_abandoned_does_not_look_whole() throws IOException {
    Path file = folder.resolve("abandoned.ndjson");
    try (Archive.Writer writer = Archive.create(file, "dead")) {
      writer.add(letter(letters().get(0), 0));
      writer.abandon();
    }
    assertThatThrownBy(() -> Archive.read(file, message -> {}))
        .hasMessageStartingWith("SP-DLQ-020 ")
        .hasMessageContaining("cut short");
    assertThatThrownBy(() -> Archive.create(file, "dead"))
        .hasMessageStartingWith("SP-DLQ-104 ")
        .hasMessageContaining(file.toString());
    assertThatThrownBy(() -> Archive.create(folder.resolve("none").resolve("x"), "dead"))
        .hasMessageStartingWith("SP-DLQ-180 ")
        .hasMessageContaining("no such file or folder");
    assertThatThrownBy(() -> Archive.read(folder.resolve("none"), message -> {}))
        .hasMessageStartingWith("SP-DLQ-182 ")
        .hasMessageContaining("no such file or folder");
    Archive.Writer full =
        Archive.over(new FileOutputStream("/dev/full"), "dead", Archive.Compression.GZIP);
    full.add(letter(letters().get(0), 0));
    assertThatThrownBy(full::close)
        .hasMessageStartingWith("SP-DLQ-180 ")
        .hasMessageContaining("No space left on device");
  }

  private void refused(List<String> lines, String why) throws IOException {
    Path file = Files.write(folder.resolve("changed.ndjson"), lines);
    assertThatThrownBy(() -> Archive.read(file, message -> {}))
        .hasMessageStartingWith("SP-DLQ-020 ")
        .hasMessageContaining(why);
  }

  private static List<Message> letters() {
    List<Message> letters = new ArrayList<>();
    letters.add(
        new Message(
            "dead",
            "key".getBytes(UTF_8),
            List.of(
                new Header("a", "text ü \u0000 \n \"".getBytes(UTF_8)),
                new Header("a", BINARY),
                new Header("none", null)),
            "text".getBytes(UTF_8)));
    letters.add(new Message("dead", null, List.of(), null));
    letters.add(new Message("dead", BINARY, List.of(), BINARY));
    letters.add(new Message("dead", new byte[0], List.of(), new byte[0]));
    SplittableRandom random = new SplittableRandom(1);
    for (int i = 0; i < 50; i++) {
      byte[] body = new byte[random.nextInt(300)];
      random.nextBytes(body);
      letters.add(new Message("dead", new byte[] {(byte) i}, List.of(), body));
    }
    return letters;
  }

  private static Letter letter(Message message, int position) {
    return new Letter(
        message,
        new Origin("dead", "0", Integer.toString(position), null),
        FailureReports.of(message),
        null,
        "none");
  }
}
