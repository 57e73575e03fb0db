package io.stagepost;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;

/**
 * Tells by its class whether trying again can help a failure: the class nearest to the exception's
 * own decides. The wrappers {@link CompletionException} and {@link ExecutionException} are looked
 * through. Immutable.
 *
 * <p>Unless told otherwise a {@link DecodeException} is poison; a mistake of the program that comes
 * again every time ({@link ClassCastException}, {@link UnsupportedOperationException}) and an event
 * that the broker refused for its own fault are permanent; everything else is transient, an outage
 * of the database or the schema registry above all.
 */
public final class FailureClassifier {
  private static final FailureClassifier DEFAULTS =
      new FailureClassifier(
          Map.of(
              Throwable.class, FailureKind.TRANSIENT,
              DecodeException.class, FailureKind.POISON,
              ClassCastException.class, FailureKind.PERMANENT,
              UnsupportedOperationException.class, FailureKind.PERMANENT));

  private final Map<Class<?>, FailureKind> kinds;

  private FailureClassifier(Map<Class<?>, FailureKind> kinds) {
    this.kinds = kinds;
  }

  /**
   * The classifier that holds unless told otherwise.
   *
   * @return see above
   */
  public static FailureClassifier defaults() {
    return DEFAULTS;
  }

  /**
   * A copy that classifies exceptions of this class, and of its subclasses without a kind of their
   * own, so.
   *
   * @param failure the class
   * @param kind whether trying again can help
   * @return the copy
   */
  public FailureClassifier with(Class<? extends Throwable> failure, FailureKind kind) {
    Map<Class<?>, FailureKind> all = new LinkedHashMap<>(kinds);
    all.put(failure, kind);
    return new FailureClassifier(all);
  }

  /**
   * The kind of a failure.
   *
   * @param failure what a handler or a codec threw
   * @return never null
   */
  public FailureKind kindOf(Throwable failure) {
    Throwable cause = failure;
    while ((cause instanceof CompletionException || cause instanceof ExecutionException)
        && cause.getCause() != null) {
      cause = cause.getCause();
    }
    for (Class<?> type = cause.getClass(); type != Throwable.class; type = type.getSuperclass()) {
      FailureKind kind = kinds.get(type);
      if (kind != null) {
        return kind;
      }
      if (type == PublishRejectedException.class) {
        return ((PublishRejectedException) cause).fault() == PublishRejectedException.Fault.MESSAGE
            ? FailureKind.PERMANENT
            : FailureKind.TRANSIENT;
      }
    }
    return kinds.getOrDefault(Throwable.class, FailureKind.TRANSIENT);
  }

  /**
   * For people: what differs from the defaults.
   *
   * @return one line
   */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder("by class");
    kinds.forEach(
        (type, kind) -> {
          if (DEFAULTS.kinds.get(type) != kind) {
            text.append(", ").append(type.getSimpleName()).append(' ').append(kind);
          }
        });
    return text.toString();
  }
}
