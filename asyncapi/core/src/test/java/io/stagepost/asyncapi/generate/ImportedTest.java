package io.stagepost.asyncapi.generate;

import static org.assertj.core.api.Assertions.assertThat;

import io.stagepost.asyncapi.Severity;
import io.stagepost.asyncapi.importing.Heading;
import io.stagepost.asyncapi.importing.Importer;
import io.stagepost.schema.Schema;
import io.stagepost.schema.Schema.Format;
import io.stagepost.schema.Schema.Reference;
import io.stagepost.schema.registry.InMemoryRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What was imported is a contract like others: Java comes out of it. */
class ImportedTest {
  private static final String TOTAL = "{\"amount\":149.90,\"currency\":\"EUR\"}";

  @TempDir private Path folder;

  private final InMemoryRegistry registry = new InMemoryRegistry();

  private void register(String subject, Format format, String text, Reference... references) {
    registry.register(subject, new Schema(format, text, List.of(references)), false);
  }

  @Test
  void imported_avro_and_json_are_generated_with_what_they_refer_to() throws IOException {
    register(
        "com.example.Line",
        Format.AVRO,
        """
        {"type": "record", "name": "Line", "namespace": "com.example",
         "fields": [{"name": "sku", "type": "string"}]}""");
    register(
        "orders.v1-value",
        Format.AVRO,
        """
        {"type": "record", "name": "OrderPlaced", "namespace": "com.example", "fields": [
          {"name": "id", "type": "string"},
          {"name": "lines", "type": {"type": "array", "items": "com.example.Line"}}]}""",
        new Reference("com.example.Line", "com.example.Line", 1));
    register(
        "money.json",
        Format.JSON,
        """
        {"type": "object", "required": ["amount", "currency"], "additionalProperties": false,
         "properties": {"amount": {"type": "number"}, "currency": {"$ref": "#/definitions/Currency"}},
         "definitions": {"Currency": {"type": "string", "minLength": 3}}}""");
    register(
        "payments.v1-value",
        Format.JSON,
        """
        {"title": "PaymentTaken", "type": "object", "required": ["total"],
         "properties": {"total": {"$ref": "money.json"}}}""",
        new Reference("money.json", "money.json", 1));
    Heading heading = new Heading("Shop", "1.0.0", null, "shop", null, null, Heading.Action.SEND);
    Path file =
        Files.writeString(
            folder.resolve("shop.yaml"),
            Importer.read(registry, null, name -> true, heading).yaml());

    Generated generated = Compiled.generated(file);

    assertThat(generated.findings())
        .noneMatch(each -> each.severity().compareTo(Severity.WARNING) <= 0);
    Compiled compiled = Compiled.of(generated, folder);
    assertThat(compiled.type("OrderPlaced").getRecordComponents()).hasSize(2);
    assertThat(compiled.eventType("Shop", "ORDER_PLACED").type())
        .isEqualTo("com.example.order.placed.v1");
    assertThat(
            Compiled.roundTrip(
                compiled.eventType("Shop", "PAYMENT_TAKEN"), "{\"total\":" + TOTAL + "}"))
        .isEqualTo("{\"total\":" + TOTAL + "}");
  }
}
