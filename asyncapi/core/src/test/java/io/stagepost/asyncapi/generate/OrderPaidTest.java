package io.stagepost.asyncapi.generate;

import static org.assertj.core.api.Assertions.assertThat;

import io.stagepost.EventType;
import io.stagepost.asyncapi.Checked;
import io.stagepost.asyncapi.Contracts;
import io.stagepost.asyncapi.Finding;
import io.stagepost.asyncapi.Linter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A small contract that says less than its events hold: nothing of them is lost. */
class OrderPaidTest {
  private static final Path FOLDER = Path.of("src/test/resources/contracts/order-paid");
  private static final Path CONTRACT = FOLDER.resolve("contract.yaml");

  @TempDir private Path folder;

  @Test
  void is_read_and_lint_says_what_it_does_not_promise() {
    Checked checked = Contracts.offline().check(CONTRACT);

    assertThat(checked.findings()).isEmpty();
    assertThat(Linter.standard().on(LocalDate.of(2026, 1, 1)).lint(checked))
        .extracting(Finding::ruleId)
        .contains("lint-owner", "lint-type-version", "lint-delivery", "lint-idempotency-key");
  }

  @Test
  void what_its_record_does_not_know_is_kept_and_an_amount_stays_exact() throws IOException {
    Generated generated = Compiled.generated(CONTRACT);
    assertThat(generated.findings())
        .extracting(Finding::ruleId)
        .containsExactly("generate-event-type");
    EventType<?> type = Compiled.of(generated, folder).eventType("OrderEventsApi", "ORDER_PAID");
    JsonMapper mapper =
        JsonMapper.builder().enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS).build();
    JsonNode data = mapper.readTree(Files.readString(FOLDER.resolve("event.json"))).get("data");

    assertThat(Compiled.roundTrip(type, data.toString()))
        .isEqualTo(
            "{\"orderId\":\"938475\",\"userId\":\"u-1821\",\"amount\":149.90,"
                + "\"currency\":\"USD\",\"paymentMethod\":\"card\"}");
    assertThat(Compiled.decoded(type, data.toString()).toString())
        .contains("additionalProperties={paymentMethod=\"card\"}");
  }
}
