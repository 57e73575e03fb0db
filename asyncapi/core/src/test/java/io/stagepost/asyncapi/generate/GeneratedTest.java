package io.stagepost.asyncapi.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.stagepost.MessagingException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is written, what is left alone, and what goes. */
class GeneratedTest {
  private static final Path CONTRACTS = Path.of("src/test/resources/contracts");
  private static final FileTime LONG_AGO = FileTime.fromMillis(0);

  @TempDir private Path folder;

  private final Generated everything = Compiled.generated(CONTRACTS.resolve("everything.yaml"));
  private final Generated paid = Compiled.generated(CONTRACTS.resolve("order-paid/contract.yaml"));

  private List<Path> files() throws IOException {
    try (Stream<Path> all = Files.walk(folder)) {
      return all.filter(Files::isRegularFile).sorted().toList();
    }
  }

  @Test
  void what_did_not_change_is_not_written_again() throws IOException {
    assertThat(paid.writeTo(folder)).isTrue();
    for (Path file : files()) {
      Files.setLastModifiedTime(file, LONG_AGO);
    }

    assertThat(paid.writeTo(folder)).isFalse();
    for (Path file : files()) {
      assertThat(Files.getLastModifiedTime(file)).as("%s", file).isEqualTo(LONG_AGO);
    }
  }

  @Test
  void what_was_changed_by_hand_is_written_again() throws IOException {
    paid.writeTo(folder);
    Path file = folder.resolve("com/example/generated/OrderPaid.java");
    String text = Files.readString(file);
    Files.writeString(file, text + "// mine\n");

    assertThat(paid.writeTo(folder)).isTrue();
    assertThat(file).hasContent(text);
  }

  @Test
  void what_is_no_longer_generated_goes_and_what_never_was_stays() throws IOException {
    everything.writeTo(folder);
    Path mine = folder.resolve("com/example/generated/Mine.java");
    Path elsewhere = folder.resolve("com/example/Other.java");
    Files.writeString(mine, "package com.example.generated;\n");
    Files.writeString(elsewhere, Generator.MARKER + "another package\n");

    assertThat(paid.writeTo(folder)).isTrue();

    assertThat(files()).hasSize(paid.files().size() + 2).contains(mine, elsewhere);
  }

  @Test
  void what_was_not_generated_is_not_written_over() throws IOException {
    Path mine = folder.resolve("com/example/generated/OrderPaid.java");
    Files.createDirectories(mine.getParent());
    Files.writeString(mine, "// mine\n");

    assertThatThrownBy(() -> paid.writeTo(folder))
        .isInstanceOf(MessagingException.class)
        .hasMessageContaining(mine + " stands in the way");
    assertThat(files()).containsExactly(mine);
    assertThat(mine).hasContent("// mine\n");
  }

  @Test
  void a_schema_of_two_contracts_is_one_class() {
    Generated both =
        Compiled.generated(
            CONTRACTS.resolve("shop.yaml"), CONTRACTS.resolve("order-paid/contract.yaml"));

    assertThat(both.files().keySet())
        .contains(
            "com/example/generated/Order.java",
            "com/example/generated/ShopContract.java",
            "com/example/generated/OrderPaid.java",
            "com/example/generated/OrderEventsApiContract.java");
  }

  @Test
  void what_is_called_by_the_full_name_of_a_class_is_called_by_its_simple_one() throws IOException {
    Path file =
        Files.writeString(
            folder.resolve("c.yaml"),
            """
            asyncapi: 3.0.0
            info: {title: Full, version: 1.0.0}
            defaultContentType: application/json
            channels:
              c:
                address: c
                messages:
                  com.example.shop.OrderPlaced:
                    payload: {$ref: '#/components/schemas/com.example.shop.Order'}
            operations: {o: {action: send, channel: {$ref: '#/channels/c'}}}
            components:
              schemas:
                com.example.shop.Order:
                  type: object
                  properties: {id: {type: string}, old: {$ref: '#/components/schemas/com.example.old.Order'}}
                com.example.old.Order: {type: object, properties: {no: {type: integer}}}
            """);

    Generated generated = Compiled.generated(file);

    assertThat(generated.files().keySet())
        .contains(
            "com/example/generated/Order.java",
            "com/example/generated/FullOrder.java",
            "com/example/generated/FullPublisher.java");
    assertThat(generated.files().get("com/example/generated/FullContract.java"))
        .contains("EventType<Order> ORDER_PLACED")
        .contains("EventType.of(\"com.example.shop.OrderPlaced\"");
    assertThat(Compiled.problems(written(generated), folder)).isEmpty();
  }

  private Path written(Generated generated) throws IOException {
    Path sources = folder.resolve("sources");
    generated.writeTo(sources);
    return sources;
  }
}
