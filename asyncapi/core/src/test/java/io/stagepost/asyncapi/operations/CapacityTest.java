package io.stagepost.asyncapi.operations;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.stagepost.asyncapi.Contracts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.json.JsonMapper;

/** Figures against textbooks, and against a simulation. */
class CapacityTest {
  private static final Path BILLING =
      Path.of("src/test/resources/contracts/catalogue/billing.yaml");

  @TempDir private Path folder;

  @Test
  void one_handler_is_the_queue_of_the_textbook() {
    Queue queue = new Queue(0.8, 1, 1);
    assertThat(queue.waitProbability()).isCloseTo(0.8, within(1e-12));
    assertThat(queue.meanWait()).isCloseTo(4, within(1e-9));
    assertThat(queue.tail(5)).isCloseTo(Math.exp(-1), within(1e-9));
    assertThat(queue.percentile(0.9)).isCloseTo(Math.log(10) / 0.2, within(1e-6));
  }

  @Test
  void erlang_c_of_the_tables() {
    assertThat(new Queue(1, 1, 2).waitProbability()).isCloseTo(1.0 / 3, within(1e-12));
    assertThat(new Queue(2, 1, 3).waitProbability()).isCloseTo(4.0 / 9, within(1e-12));
    assertThat(new Queue(3, 1, 2).meanWait()).isInfinite();
    // The formula has a gap where the load is one below the handlers.
    Queue at = new Queue(2, 1, 3);
    assertThat(at.tail(1)).isCloseTo(new Queue(2.000001, 1, 3).tail(1), within(1e-5));
  }

  @ParameterizedTest
  @CsvSource({"1.5, 2", "7, 9", "30, 40"})
  void a_simulation_agrees(double load, int handlers) {
    Random random = new Random(11);
    PriorityQueue<Double> free = new PriorityQueue<>();
    for (int i = 0; i < handlers; i++) {
      free.add(0.0);
    }
    int count = 400_000;
    double[] times = new double[count];
    double now = 0;
    for (int i = 0; i < count; i++) {
      now += -Math.log(1 - random.nextDouble()) / load;
      double done = Math.max(now, free.remove()) - Math.log(1 - random.nextDouble());
      free.add(done);
      times[i] = done - now;
    }
    Arrays.sort(times);
    Queue queue = new Queue(load, 1, handlers);
    double mean = Arrays.stream(times).average().orElseThrow();
    assertThat(queue.meanWait() + 1).isCloseTo(mean, within(mean * 0.05));
    assertThat(queue.percentile(0.99))
        .isCloseTo(times[(int) (count * 0.99)], within(times[(int) (count * 0.99)] * 0.06));
  }

  private static Capacity billing(Assumptions assumptions) {
    return Capacity.of(Contracts.offline().read(BILLING), assumptions).operations().get(0);
  }

  @Test
  void the_contract_says_load_and_service_time() {
    Capacity capacity = billing(Assumptions.DEFAULTS);

    assertThat(capacity.load()).isEqualTo(50);
    assertThat(capacity.peakLoad()).isEqualTo(200);
    assertThat(capacity.service()).isEqualTo(Duration.ofMillis(40));
    assertThat(capacity.busy()).isCloseTo(2, within(1e-9));
    assertThat(capacity.handlers()).isEqualTo(12); // 8 busy at the peak, 70 % of them at most
    assertThat(capacity.backlog()).isEqualTo(30_000);
    assertThat(capacity.drain()).isEqualTo(Duration.ofMinutes(2)); // 300 a second, less 50
    assertThat(capacity.perKey()).isEqualTo(25);
    assertThat(capacity.members()).isEqualTo(1);
    assertThat(capacity.partitions()).isEqualTo(2);
    assertThat(capacity.sources()).hasSize(2).allMatch(s -> s.contains("billing.yaml:72"));
    assertThat(capacity.problems()).isEmpty();
  }

  @Test
  void what_is_given_goes_before_it() {
    Capacity capacity =
        billing(
            new Assumptions(1000.0, Duration.ofMillis(100), 1.0, Duration.ofMinutes(1), 20, 0.8));

    assertThat(capacity.handlers()).isEqualTo(125);
    assertThat(capacity.members()).isEqualTo(7);
    assertThat(capacity.backlog()).isEqualTo(60_000);
    assertThat(capacity.sources())
        .containsExactly("load: given", "service time: given", "peak: given");
  }

  private Capacity.Plan plan(String terms) throws IOException {
    String contract =
        """
        asyncapi: 3.0.0
        info: {title: A, version: 1.0.0}
        channels: {a: {address: a, messages: {m: {}}}}
        operations:
          on: {action: receive, channel: {$ref: '#/channels/a'}, TERMS}
        """;
    Path file = Files.writeString(folder.resolve("a.yaml"), contract.replace("TERMS", terms));
    return Capacity.of(Contracts.offline().read(file), Assumptions.DEFAULTS);
  }

  @Test
  void a_tight_objective_needs_more_handlers_than_the_load() throws IOException {
    String load =
        "x-load: {events: 10, per: PT1S, serviceTime: PT0.1S}, x-slo: {latency: {percentile: 99, within: WITHIN}}";
    int loose = plan(load.replace("WITHIN", "PT10S")).operations().get(0).handlers();
    Capacity tight = plan(load.replace("WITHIN", "PT0.47S")).operations().get(0);

    assertThat(tight.handlers()).isGreaterThan(loose);
    assertThat(tight.latency()).isLessThanOrEqualTo(Duration.ofMillis(470));
  }

  @Test
  void what_does_not_fit_together_is_told() throws IOException {
    assertThat(
            plan("x-load: {events: 10, per: PT1S, serviceTime: PT1S}, x-timeout: PT0.5S, x-ttl:"
                    + " PT5M, x-slo: {latency: {percentile: 99, within: PT1S}}, x-rate: {events: 9,"
                    + " per: PT1S}")
                .operations()
                .get(0)
                .problems())
        .hasSize(5)
        .anyMatch(p -> p.contains("x-slo cannot be kept"))
        .anyMatch(p -> p.contains("x-rate lets 9 events/s through, 10 come"))
        .anyMatch(p -> p.contains("longer than x-timeout"))
        .anyMatch(p -> p.contains("never drained"))
        .anyMatch(p -> p.contains("older than x-ttl"));
  }

  @Test
  void what_is_missing_is_told() throws IOException {
    assertThat(plan("x-priority: normal").missing())
        .singleElement()
        .asString()
        .contains("no load is known")
        .contains("no service time is known");
    Capacity assumed = plan("x-rate: {events: 5, per: PT1S}, x-timeout: PT2S").operations().get(0);
    assertThat(assumed.sources())
        .anyMatch(s -> s.contains("taken for the load"))
        .anyMatch(s -> s.contains("as if every event took its whole time"));
  }

  @Test
  void text_and_json_say_the_same() {
    Map<String, Capacity.Plan> plans =
        Map.of("b.yaml", Capacity.of(Contracts.offline().read(BILLING), Assumptions.DEFAULTS));

    assertThat(CapacityReport.text(plans, Assumptions.DEFAULTS))
        .contains("b.yaml: onOrder receives shop.{land}.orders.v1\n")
        .contains("  handlers           12, 66.7 % busy at the peak\n")
        .contains("  outage of 10 min   30,000 events wait; drained in 2 min\n");
    var json = new JsonMapper().readTree(CapacityReport.json(plans)).get("operations").get(0);
    assertThat(json.get("handlers").asInt()).isEqualTo(12);
    assertThat(json.get("drain").asDouble()).isEqualTo(120);
  }

  @Test
  void nonsense_is_refused() {
    assertThatThrownBy(() -> new Assumptions(0.0, null, null, Duration.ZERO, 1, 0.5))
        .hasMessageContaining("events per second is 0.0");
    assertThatThrownBy(() -> new Assumptions(null, null, null, Duration.ZERO, 1, 1))
        .hasMessageContaining("utilisation is 1.0");
    assertThatThrownBy(() -> new Assumptions(null, null, Double.NaN, Duration.ZERO, 1, 0.5))
        .hasMessageContaining("peak is NaN");
  }
}
