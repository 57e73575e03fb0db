package io.stagepost;

import static io.stagepost.FailureKind.PERMANENT;
import static io.stagepost.FailureKind.POISON;
import static io.stagepost.FailureKind.TRANSIENT;
import static org.assertj.core.api.Assertions.assertThat;

import io.stagepost.PublishRejectedException.Fault;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Test;

class FailureClassifierTest {
  private static final FailureClassifier DEFAULTS = FailureClassifier.defaults();

  @Test
  void what_nobody_classified_is_transient_and_what_cannot_be_decoded_is_poison() {
    assertThat(DEFAULTS.kindOf(new IllegalStateException())).isEqualTo(TRANSIENT);
    assertThat(DEFAULTS.kindOf(new UncheckedIOException(new IOException()))).isEqualTo(TRANSIENT);
    assertThat(DEFAULTS.kindOf(new OutOfMemoryError())).isEqualTo(TRANSIENT);
    assertThat(DEFAULTS.kindOf(new Throwable())).isEqualTo(TRANSIENT);
    assertThat(DEFAULTS.kindOf(new DecodeException("X", "no", null))).isEqualTo(POISON);
    assertThat(DEFAULTS.kindOf(new ClassCastException())).isEqualTo(PERMANENT);
    assertThat(DEFAULTS.kindOf(new UnsupportedOperationException())).isEqualTo(PERMANENT);
  }

  @Test
  void a_refused_publish_is_permanent_only_for_the_messages_own_fault() {
    assertThat(DEFAULTS.kindOf(new PublishRejectedException("X", "too large", Fault.MESSAGE, null)))
        .isEqualTo(PERMANENT);
    assertThat(
            DEFAULTS.kindOf(
                new PublishRejectedException("X", "no topic", Fault.SURROUNDINGS, null)))
        .isEqualTo(TRANSIENT);
    assertThat(DEFAULTS.kindOf(new PublishUnknownException("X", "no answer", null)))
        .isEqualTo(TRANSIENT);
  }

  @Test
  void the_nearest_class_decides() {
    FailureClassifier classifier =
        DEFAULTS.with(RuntimeException.class, PERMANENT).with(MessagingException.class, TRANSIENT);
    assertThat(classifier.kindOf(new IllegalStateException())).isEqualTo(PERMANENT);
    assertThat(classifier.kindOf(new PublishUnknownException("X", "no", null)))
        .isEqualTo(TRANSIENT);
    assertThat(classifier.kindOf(new DecodeException("X", "no", null))).isEqualTo(POISON);
    assertThat(classifier.kindOf(new IOException())).isEqualTo(TRANSIENT);
    assertThat(DEFAULTS.kindOf(new IllegalStateException())).isEqualTo(TRANSIENT);
  }

  @Test
  void the_wrappers_of_futures_are_looked_through() {
    Throwable cause = new DecodeException("X", "no", null);
    assertThat(DEFAULTS.kindOf(new CompletionException(new ExecutionException(cause))))
        .isEqualTo(POISON);
    assertThat(DEFAULTS.kindOf(new CompletionException(null))).isEqualTo(TRANSIENT);
  }

  @Test
  void it_describes_what_differs_from_the_defaults() {
    assertThat(DEFAULTS).hasToString("by class");
    assertThat(DEFAULTS.with(IOException.class, PERMANENT))
        .hasToString("by class, IOException PERMANENT");
  }
}
