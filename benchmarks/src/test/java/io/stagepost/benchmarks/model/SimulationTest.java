package io.stagepost.benchmarks.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.stagepost.benchmarks.contestant.Load;
import io.stagepost.benchmarks.model.Simulation.Outcome;
import java.util.Random;
import java.util.function.DoubleSupplier;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;

/** The simulation beside what queueing theory says. */
class SimulationTest {
  private static final double WAIT = 0.01;

  @Test
  void one_key_is_handled_one_event_at_a_time() {
    Outcome outcome = drain(Shape.of(16), Load.zipf(1, 5_000));
    assertThat(outcome.rate()).isCloseTo(1 / WAIT, within(1e-6));
    assertThat(outcome.busy()).isCloseTo(1.0 / 16, within(1e-6));
  }

  @Test
  void many_even_keys_keep_all_workers_busy() {
    Outcome outcome = drain(Shape.of(16), Load.uniform(10_000, 100_000));
    assertThat(outcome.rate()).isCloseTo(16 / WAIT, Percentage.withPercentage(1));
    assertThat(outcome.busy()).isCloseTo(1, within(0.01));
  }

  @Test
  void the_hottest_key_bounds_what_more_workers_cannot_help() {
    Load load = Load.zipf(1_000, 50_000);
    double bound = ClosedForms.hottestLane(load.hottestShare(), WAIT);
    assertThat(drain(Shape.of(256), load).rate()).isCloseTo(bound, Percentage.withPercentage(1));
  }

  @Test
  void processors_bound_handlers_that_compute() {
    Shape shape = Shape.of(16).on(2, 50e-6);
    Source source = Source.backlog(Load.uniform(10_000, 100_000), 4);
    assertThat(Simulation.run(shape, source, () -> 0).rate())
        .isCloseTo(ClosedForms.processors(2, 50e-6), Percentage.withPercentage(1));
  }

  @Test
  void no_more_is_in_flight_than_the_bound_allows_and_too_little_leaves_workers_idle() {
    Load load = Load.uniform(1_000_000, 20_000);
    Outcome wide = drain(Shape.of(64).inFlight(640), load);
    Outcome narrow = drain(Shape.of(64).inFlight(16), load);
    assertThat(wide.mostInFlight()).isEqualTo(640);
    assertThat(narrow.mostInFlight()).isEqualTo(16);
    assertThat(narrow.rate()).isLessThanOrEqualTo(16 / WAIT);
    assertThat(wide.rate()).isCloseTo(64 / WAIT, Percentage.withPercentage(2));
  }

  @Test
  void random_arrivals_without_common_keys_wait_as_long_as_erlang_says() {
    double rate = 0.9 * 8 / WAIT;
    Source source = Source.open(Load.uniform(5_000_000, 400_000), rate, 3);
    Outcome outcome = Simulation.run(Shape.of(8), source, exponential());
    assertThat(outcome.waiting())
        .isCloseTo(ClosedForms.erlangWait(8, rate * WAIT, WAIT), Percentage.withPercentage(8));
  }

  @Test
  void random_arrivals_of_one_key_wait_as_in_a_queue_with_one_server() {
    double rate = 0.7 / WAIT;
    Source source = Source.open(Load.zipf(1, 400_000), rate, 3);
    Outcome outcome = Simulation.run(Shape.of(8), source, exponential());
    assertThat(outcome.waiting())
        .isCloseTo(0.7 * WAIT / (1 - 0.7), Percentage.withPercentage(5)); // M/M/1
  }

  @Test
  void erlang_of_one_worker_is_the_queue_with_one_server() {
    assertThat(ClosedForms.erlangWait(1, 0.7, WAIT)).isCloseTo(0.7 * WAIT / 0.3, within(1e-12));
  }

  @Test
  void the_same_comes_out_at_every_run() {
    Load load = Load.zipf(100, 10_000);
    assertThat(drain(Shape.of(16), load)).isEqualTo(drain(Shape.of(16), load));
  }

  private static Outcome drain(Shape shape, Load load) {
    return Simulation.run(shape, Source.backlog(load, 4), () -> WAIT);
  }

  private static DoubleSupplier exponential() {
    Random random = new Random(11);
    return () -> -WAIT * Math.log(1 - random.nextDouble());
  }
}
