package io.stagepost.schema.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.stagepost.ConfigurationException;
import io.stagepost.MessagingException;
import io.stagepost.schema.RegisteredSchema;
import io.stagepost.schema.Schema;
import io.stagepost.schema.Schema.Format;
import io.stagepost.schema.Schema.Reference;
import io.stagepost.schema.SchemaRefusedException;
import java.io.IOException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileRegistryTest {
  private static final String ORDER =
      """
      {
        "type": "record",\r
        "name": "Order",
        "fields": [],
        "doc": "a \\"b  c"
      }
      """;

  @TempDir Path folder;

  private void write(String file, String text) throws IOException {
    Path path = folder.resolve(file);
    Files.createDirectories(path.getParent());
    Files.writeString(path, text);
  }

  @Test
  void a_folder_of_files_is_a_registry() throws IOException {
    write("README.md", "left alone");
    write("orders-value/1.avsc", ORDER);
    write("orders-value/2.avsc", "\"string\"");
    write("orders-value/10.avsc", "\"long\"");
    write("lines/1.json", "{}");
    write("lines/2.proto", "syntax = \"proto3\"; // c\n");
    write("lines/2.references", "# what it imports\nmoney.proto lines 1\n");
    write(".git/config", "not a schema");
    write("%3A.eu%3Aorders%2Fall/1.avsc", "\"int\"");
    write("orders-value/.draft", "hidden");
    try (FileRegistry registry = FileRegistry.open(folder)) {
      assertThat(registry.versions("orders-value")).containsExactly(1, 2, 10);
      assertThat(registry.latest("orders-value").schema().text()).isEqualTo("\"long\"");
      assertThat(registry.version("orders-value", 1).schema().text())
          .isEqualTo(
              "{\"type\":\"record\",\"name\":\"Order\",\"fields\":[],\"doc\":\"a \\\"b  c\"}");
      assertThat(registry.latest(":.eu:orders/all").version()).isEqualTo(1);
      RegisteredSchema proto = registry.latest("lines");
      assertThat(proto.schema())
          .isEqualTo(
              new Schema(
                  Format.PROTOBUF,
                  "syntax = \"proto3\"; // c",
                  List.of(new Reference("money.proto", "lines", 1))));
      assertThat(registry.byId(proto.id())).isEqualTo(proto.schema());
    }
  }

  @Test
  void ids_and_guids_come_from_the_schema_and_not_from_its_layout() throws IOException {
    write("a/1.avsc", ORDER);
    write("b/7.avsc", ORDER.replace("\r\n", "\n").replace("\n", "   "));
    try (FileRegistry registry = FileRegistry.open(folder)) {
      RegisteredSchema one = registry.latest("a");
      assertThat(registry.latest("b").id()).isEqualTo(one.id()).isPositive();
      assertThat(registry.latest("b").guid()).isEqualTo(one.guid());
    }
  }

  /** Computed apart, by md5sum, from what Confluent's registry takes it from. */
  @Test
  void guids_are_those_of_confluents_registry() {
    assertThat(SchemaText.guid(Schema.of(Format.AVRO, "\"string\"")))
        .isEqualTo(UUID.fromString("095d71cf-1255-6b9d-5e33-0ad575b3df5d"));
    assertThat(
            SchemaText.guid(
                new Schema(
                    Format.AVRO, "\"string\"", List.of(new Reference("name", "subject", 3)))))
        .isEqualTo(UUID.fromString("8064e43f-3488-f8b1-6b66-f7aba02fa9d7"));
  }

  @Test
  void everything_wrong_is_told_at_once_with_file_and_line() throws IOException {
    write("orders/1.avsc", "{\n  \"type\": \"record\",\n  \"name\": }\n");
    write("orders/2.json", "{\"a\":1,\n\"a\":2}");
    write("orders/3.proto", " \n");
    write("orders/4.avcs", "\"string\"");
    write("orders/5.avsc", "\"string\"");
    write("orders/5.json", "{}");
    write("orders/6.references", "a b 1\n");
    write("orders/7.avsc", "\"int\"");
    write("orders/7.references", "a orders 5\n\na b\n");
    write("orders/8.avsc", "\"long\"");
    write("orders/8.references", "a gone 1\n");
    write("a b/1.avsc", "\"string\"");
    Files.write(folder.resolve("orders/9.avsc"), new byte[] {'"', (byte) 0xff, '"'});
    ConfigurationException wrong =
        catchThrowableOfType(ConfigurationException.class, () -> FileRegistry.open(folder));
    List<String> expected =
        List.of(
            "a b: is no subject's name",
            "1.avsc:3:11: it is no JSON",
            "2.json:2:4: it is no JSON",
            "3.proto:1: it is empty",
            "5.json: is the same version as 5.avsc",
            "7.references:3: is no reference",
            "9.avsc: is not UTF-8",
            "4.avcs: is no version",
            "6.references: there is no schema of that version",
            "8.avsc: refers to version 1 of the subject gone");
    assertThat(wrong.problems()).hasSameSizeAs(expected);
    for (String each : expected) {
      assertThat(wrong.problems())
          .anySatisfy(problem -> assertThat(problem).startsWith("SP-SCHEMA-320 ").contains(each));
    }
  }

  @Test
  void a_folder_that_is_not_there_is_told() {
    assertThatExceptionOfType(ConfigurationException.class)
        .isThrownBy(() -> FileRegistry.open(folder.resolve("gone")))
        .withMessageContainingAll("SP-SCHEMA-320", "gone", "check that it is there");
  }

  @Test
  void a_registry_that_is_read_only_names_the_file_to_add() throws IOException {
    write("orders/1.avsc", "\"string\"");
    try (FileRegistry registry = FileRegistry.open(folder)) {
      Schema known = Schema.of(Format.AVRO, " \"string\" ");
      assertThat(registry.register("orders", known, false).version()).isEqualTo(1);
      assertThatExceptionOfType(SchemaRefusedException.class)
          .isThrownBy(() -> registry.register("orders", Schema.of(Format.AVRO, "\"long\""), false))
          .withMessageContainingAll(
              "SP-SCHEMA-321", folder.resolve("orders").resolve("2.avsc").toString());
    }
  }

  @Test
  void what_is_registered_is_a_file_and_never_beyond_the_folder() throws IOException {
    try (FileRegistry registry = FileRegistry.openForWriting(folder)) {
      RegisteredSchema money =
          registry.register("../money", Schema.of(Format.AVRO, "\"string\""), false);
      Schema order = new Schema(Format.AVRO, ORDER, List.of(new Reference("Money", "../money", 1)));
      RegisteredSchema registered = registry.register("orders", order, false);
      assertThat(folder.resolve("%2E.%2Fmoney/1.avsc")).hasContent("\"string\"");
      assertThat(folder.resolve("orders/1.references")).hasContent("Money ../money 1");
      assertThat(Files.readString(folder.resolve("orders/1.avsc"))).isEqualTo(ORDER);

      try (FileRegistry again = FileRegistry.open(folder)) {
        assertThat(again.latest("orders")).isEqualTo(registered);
        assertThat(again.byId(money.id())).isEqualTo(money.schema());
      }
      Files.writeString(folder.resolve("orders/2.avsc"), "\"int\"");
      assertThatExceptionOfType(MessagingException.class)
          .isThrownBy(() -> registry.register("orders", Schema.of(Format.AVRO, "\"long\""), false))
          .withMessageContainingAll("SP-SCHEMA-322", "2.avsc");
    }
  }

  @Test
  void a_folder_in_a_jar_is_one_too() throws IOException {
    Path jar = folder.resolve("contract.jar");
    try (FileSystem files = FileSystems.newFileSystem(jar, Map.of("create", "true"))) {
      Files.createDirectories(files.getPath("schemas", "orders"));
      Files.writeString(files.getPath("schemas", "orders", "1.avsc"), "\"string\"");
    }
    try (FileSystem files = FileSystems.newFileSystem(jar);
        FileRegistry registry = FileRegistry.open(files.getPath("schemas"))) {
      assertThat(registry.versions("orders")).containsExactly(1);
    }
  }

  @Test
  void references_that_go_in_a_circle_are_an_error() throws IOException {
    write("a/1.avsc", "\"string\"");
    write("a/1.references", "B b -1\n");
    write("b/1.avsc", "\"int\"");
    write("b/1.references", "A a 1\n");
    write("c/1.avsc", "\"long\"");
    write("c/1.references", "A a 1\nD d 1\n");
    write("d/1.avsc", "\"bytes\"");
    write("e/1.avsc", "\"boolean\"");
    write("e/1.references", "D d -1\n");
    try (FileRegistry registry = FileRegistry.open(folder)) {
      assertThatExceptionOfType(MessagingException.class)
          .isThrownBy(() -> References.resolve(registry, registry.latest("c").schema()))
          .withMessageContaining("SP-SCHEMA-314");
      assertThat(References.resolve(registry, registry.latest("e").schema())).containsOnlyKeys("D");
    }
  }
}
