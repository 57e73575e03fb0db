package io.stagepost;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.stagepost.Policy.Degradation;
import io.stagepost.Setting.Layer;
import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class OverlayTest {
  @Test
  void what_is_said_to_one_overrides_what_is_said_to_all() {
    Overlay overlay =
        read(
            "*.rate = 20\n*.retry.maxAttempts = 3\neu.billing.rate = unlimited\nmail.pause=true\n");

    assertThat(overlay.of("eu.billing").rate()).isInfinite();
    assertThat(overlay.of("eu.billing").attempts()).isEqualTo(3);
    assertThat(overlay.of("mail").pause()).isTrue();
    assertThat(overlay.of("mail").rate()).isEqualTo(20);
    assertThat(overlay.of("other").pause()).isFalse();
    assertThat(overlay.of("other").rate()).isEqualTo(20);
    assertThat(overlay.names()).containsExactlyInAnyOrder("eu.billing", "mail");
  }

  @Test
  void nothing_is_said_by_an_empty_file() {
    assertThat(read("# nothing\n").of("billing")).isEqualTo(Overlay.Instructions.NONE);
  }

  @Test
  void all_that_is_wrong_is_told_at_once() {
    assertThatThrownBy(
            () ->
                read(
                    """
                    billing.rate = 0
                    billing.rate = -1
                    billing.pause = yes
                    billing.timeout = 5s
                    billing.retry.maxAttempts = 0
                    billing.park =
                    billing.degradation = sleep
                    rate = 5
                    billing.colour = red
                    """))
        .isInstanceOfSatisfying(
            ConfigurationException.class,
            wrong ->
                assertThat(wrong.problems())
                    .hasSize(9)
                    .allMatch(problem -> problem.startsWith("SP-API-046 "))
                    .anyMatch(problem -> problem.contains("billing.rate is -1; it is said twice"))
                    .anyMatch(problem -> problem.contains("billing.rate is -1; it is a positive"))
                    .anyMatch(problem -> problem.contains("PT0.5S or PT10M"))
                    .anyMatch(problem -> problem.contains("wait, skip, dead-letter or park"))
                    .anyMatch(problem -> problem.contains("billing.colour says nothing"))
                    .anyMatch(problem -> problem.contains(" rate says nothing")));
  }

  @Test
  void a_file_that_is_no_properties_is_refused() {
    assertThatThrownBy(() -> read("billing.park = \\u12")).hasMessageContaining("SP-API-046");
  }

  @Test
  void it_overrides_the_contract_either_way_and_says_where() {
    Policy policy = Policy.contract().at("c#/x").timeout(Duration.ofSeconds(10)).agreed();

    assertThat(timeout(read("b.timeout=PT1S").of("b").over(policy)))
        .isEqualTo(
            new Setting<>("handler timeout", Duration.ofSeconds(1), Layer.OVERLAY, "the file"));
    assertThat(read("b.timeout=PT60S").of("b").over(policy).timeout())
        .isEqualTo(Duration.ofSeconds(60));
  }

  @Test
  void code_that_is_stricter_stays_and_code_that_is_laxer_does_not() {
    Policy policy = Policy.defaults().timeout(Duration.ofSeconds(5));

    assertThat(timeout(read("b.timeout=PT60S").of("b").over(policy)).layer()).isEqualTo(Layer.CODE);
    assertThat(timeout(read("b.timeout=PT1S").of("b").over(policy)).layer())
        .isEqualTo(Layer.OVERLAY);
    assertThat(read("b.rate=50").of("b").over(Limits.defaults().rate(100)).rate()).isEqualTo(50);
    assertThat(read("b.rate=500").of("b").over(Limits.defaults().rate(100)).rate()).isEqualTo(100);
  }

  @Test
  void it_says_what_becomes_of_events_unless_code_has_them_wait() {
    Overlay overlay =
        read(
            """
            a.degradation=wait
            b.degradation=skip
            c.degradation=dead-letter
            d.degradation=park
            """);
    Policy parks = Policy.contract().degradation(Degradation.PARK).agreed();

    assertThat(Stream.of("a", "b", "c", "d", "e"))
        .extracting(name -> overlay.of(name).over(parks).degradation())
        .containsExactly(
            Degradation.WAIT,
            Degradation.SKIP,
            Degradation.DEAD_LETTER,
            Degradation.PARK,
            Degradation.PARK);
    assertThat(overlay.of("b").over(parks.degradation(Degradation.WAIT)).degradation())
        .isEqualTo(Degradation.WAIT);
  }

  @Test
  void what_is_not_said_of_a_retry_stays() {
    Retry built = Retry.exponential(Duration.ofSeconds(1), Duration.ofSeconds(2)).attempts(7);

    assertThat(read("b.retry.maxDelay=PT9S").of("b").over(Policy.defaults().retry(built)).retry())
        .isEqualTo(new Retry(built.base(), Duration.ofSeconds(9), 7, built.maxAge()));
  }

  @Test
  void each_part_of_a_retry_that_code_has_stricter_stays() {
    Policy code =
        Policy.defaults()
            .retry(new Retry(Duration.ofSeconds(1), Duration.ofSeconds(5), 5, Duration.ofHours(1)));

    assertThat(
            read("b.retry.maxAttempts=3\nb.retry.maxAge=PT2H\nb.retry.initialDelay=PT0.1S")
                .of("b")
                .over(code)
                .retry())
        .isEqualTo(new Retry(Duration.ofSeconds(1), Duration.ofSeconds(5), 3, Duration.ofHours(1)));
  }

  private static Setting<?> timeout(Policy policy) {
    return policy.settings().get(0);
  }

  private static Overlay read(String text) {
    return Overlay.read(text, "the file");
  }
}
