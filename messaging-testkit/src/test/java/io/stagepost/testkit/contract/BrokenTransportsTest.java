package io.stagepost.testkit.contract;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import io.stagepost.spi.Capabilities.Capability;
import io.stagepost.spi.Transport;
import io.stagepost.testkit.InMemoryTransport;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.testkit.engine.EngineTestKit;
import org.junit.platform.testkit.engine.Events;

/** The suite fails every transport that breaks a rule, by that rule; and passes the whole one. */
class BrokenTransportsTest {
  /** They mostly wait, so several run at once. */
  private static final ExecutorService SUITES = Executors.newFixedThreadPool(12);

  /** JUnit makes the suite's instances; each suite runs on one thread, which knows its harness. */
  private static final ThreadLocal<Supplier<TransportHarness>> HARNESS = new ThreadLocal<>();

  private static final Map<Broken, CompletableFuture<Set<String>>> BROKEN =
      started(
          Broken.class, broken -> run(broken.settings(), broken.breaking(), Duration.ofSeconds(1)));

  private static final Map<Capability, CompletableFuture<Set<String>>> WEAK =
      started(
          Capability.class,
          lacking ->
              run(
                  InMemoryTransport.builder().lacking(lacking, "for the test"),
                  Passing::new,
                  Duration.ofSeconds(20)));

  private static <E extends Enum<E>> Map<E, CompletableFuture<Set<String>>> started(
      Class<E> all, Function<E, Events> run) {
    Map<E, CompletableFuture<Set<String>>> runs = new EnumMap<>(all);
    for (E each : all.getEnumConstants()) {
      runs.put(each, CompletableFuture.supplyAsync(() -> failed(run.apply(each)), SUITES));
    }
    return runs;
  }

  /** The names of the tests that failed, each with why. */
  private static Set<String> failed(Events tests) {
    Set<String> failed = new TreeSet<>();
    tests
        .failed()
        .list()
        .forEach(
            event ->
                failed.add(
                    event.getTestDescriptor().getDisplayName()
                        + event
                            .getPayload(TestExecutionResult.class)
                            .flatMap(TestExecutionResult::getThrowable)
                            .map(why -> ": " + why.getMessage())
                            .orElse("")));
    return failed;
  }

  /** The suite over a transport that this thread chooses. */
  static final class Subject extends TransportContract {
    @Override
    protected TransportHarness harness() {
      return HARNESS.get().get();
    }
  }

  /** The stress over a transport that this thread chooses. */
  static final class StressSubject extends TransportStress {
    @Override
    protected TransportHarness harness() {
      return HARNESS.get().get();
    }
  }

  private static Events run(
      InMemoryTransport.Builder settings, UnaryOperator<Transport> wrapper, Duration patience) {
    return run(Subject.class, settings, wrapper, patience);
  }

  private static Events run(
      Class<?> suite,
      InMemoryTransport.Builder settings,
      UnaryOperator<Transport> wrapper,
      Duration patience) {
    HARNESS.set(() -> new MemoryHarness(settings, wrapper, patience));
    try {
      return EngineTestKit.engine("junit-jupiter")
          .selectors(selectClass(suite))
          .execute()
          .testEvents();
    } finally {
      HARNESS.remove();
    }
  }

  @AfterAll
  static void end() {
    SUITES.shutdown();
  }

  @ParameterizedTest
  @EnumSource
  void a_broken_transport_fails_by_the_rule_it_breaks(Broken broken) {
    Set<String> failed = requireNonNull(BROKEN.get(broken)).join();
    assertThat(broken.rules())
        .allSatisfy(rule -> assertThat(failed).anyMatch(name -> name.startsWith(rule + "_")));
  }

  /** The oracle sees what every course of the stress must show. */
  @ParameterizedTest
  @EnumSource(
      names = {
        "CONFIRMS_WHAT_IT_LOSES",
        "REORDERS_WHAT_IT_SENDS",
        "DROPS_WHAT_IS_REFUSED",
        "DELIVERS_TWICE_AT_ONCE",
        "SCATTERS_A_KEY"
      })
  void the_stress_fails_too_and_tells_its_seed(Broken broken) {
    Events tests =
        run(StressSubject.class, broken.settings(), broken.breaking(), Duration.ofSeconds(5));
    assertThat(failed(tests)).singleElement().asString().contains("-Dcontract.seed=");
  }

  @Test
  void the_same_wrapper_that_breaks_nothing_passes() {
    Events tests = run(InMemoryTransport.builder(), Passing::new, Duration.ofSeconds(20));
    assertThat(failed(tests)).isEmpty();
    assertThat(tests.aborted().count()).isZero();
    assertThat(tests.succeeded().count()).isGreaterThan(50);
  }

  /** Every weakness that can be declared is tested for what is left, or reported as aborted. */
  @ParameterizedTest
  @EnumSource
  void a_declared_weakness_passes(Capability lacking) {
    assertThat(requireNonNull(WEAK.get(lacking)).join()).isEmpty();
  }
}
