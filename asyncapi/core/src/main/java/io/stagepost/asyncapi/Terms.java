package io.stagepost.asyncapi;

import io.stagepost.asyncapi.tree.Node;
import java.math.BigDecimal;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a contract says of how messages are handled: the values of its {@code x-} extensions, as
 * {@code docs/contracts/extensions.md} describes them. For one message of one operation the nearest
 * place wins: the operation, then the message, the channel, and the document. Immutable.
 *
 * <p>Values that are not of their form are not there; lint tells of them.
 */
public final class Terms {
  private final List<Map<String, Node>> nearestFirst;

  private Terms(List<Map<String, Node>> nearestFirst) {
    this.nearestFirst = nearestFirst;
  }

  /**
   * The terms of the document alone.
   *
   * @param contract the document
   * @return its terms
   */
  public static Terms of(Contract contract) {
    return new Terms(List.of(contract.extensions()));
  }

  /**
   * The terms of a message of an operation.
   *
   * @param contract the document
   * @param operation the operation
   * @param message one of its messages; null for what holds for all of them
   * @return its terms
   */
  public static Terms of(Contract contract, Operation operation, @Nullable Message message) {
    List<Map<String, Node>> places = new ArrayList<>();
    places.add(operation.extensions());
    if (message != null) {
      places.add(message.extensions());
    }
    places.add(operation.channel().extensions());
    places.add(contract.extensions());
    return new Terms(List.copyOf(places));
  }

  /**
   * A value, and where it was written.
   *
   * @param <T> what it is
   * @param value the value
   * @param node what was written
   */
  public record Term<T>(T value, Node node) {}

  /**
   * How transient failures are retried; what is null was not said.
   *
   * @param attempts how often at most, the first time included
   * @param maxAge for how long at most
   * @param initialDelay the first delay
   * @param maxDelay the longest delay
   */
  public record RetryTerms(
      @Nullable Integer attempts,
      @Nullable Duration maxAge,
      @Nullable Duration initialDelay,
      @Nullable Duration maxDelay) {}

  /**
   * That something goes away; what is null was not said.
   *
   * @param since from when on it should not be used
   * @param sunset the first day on which it may be gone
   * @param replacement what to use instead
   * @param reason why
   */
  public record DeprecationTerms(
      @Nullable LocalDate since,
      @Nullable LocalDate sunset,
      @Nullable String replacement,
      @Nullable String reason) {}

  /**
   * What was written for an extension.
   *
   * @param name with its {@code x-}
   * @return at the nearest place; empty if that says null, which takes back what is said further
   *     away
   */
  public Optional<Node> find(String name) {
    for (Map<String, Node> place : nearestFirst) {
      Node node = place.get(name);
      if (node != null) {
        return node.kind() == Node.Kind.NULL ? Optional.empty() : Optional.of(node);
      }
    }
    return Optional.empty();
  }

  /**
   * An extension that is a text, or an object with a member that is: {@code x-delivery}, {@code
   * x-message-kind}, {@code x-dead-letter}, {@code x-owner} and the like.
   *
   * @param name with its {@code x-}
   * @param member the member, where it may be an object
   * @return the text
   */
  public Optional<Term<String>> text(String name, String member) {
    return find(name)
        .flatMap(
            node -> {
              String text = node.isObject() ? node.text(member) : node.text();
              return Optional.ofNullable(text).map(t -> new Term<>(t, node));
            });
  }

  /**
   * An extension that is a duration: {@code x-timeout} or {@code x-ttl}.
   *
   * @param name with its {@code x-}
   * @return the duration
   */
  public Optional<Term<Duration>> duration(String name) {
    return find(name)
        .flatMap(
            node -> Optional.ofNullable(parsed(node.text())).map(value -> new Term<>(value, node)));
  }

  /**
   * {@code x-retry}.
   *
   * @return how transient failures are retried
   */
  public Optional<Term<RetryTerms>> retry() {
    return find("x-retry")
        .filter(Node::isObject)
        .map(
            node -> {
              Node backoff = node.get("exponential");
              Node attempts = node.get("maxAttempts");
              return new Term<>(
                  new RetryTerms(
                      attempts == null ? null : integer(attempts),
                      parsed(node.text("maxAge")),
                      backoff == null ? null : parsed(backoff.text("initialDelay")),
                      backoff == null ? null : parsed(backoff.text("maxDelay"))),
                  node);
            });
  }

  /**
   * {@code x-deprecation}.
   *
   * @return that it goes away
   */
  public Optional<Term<DeprecationTerms>> deprecation() {
    return find("x-deprecation").filter(Node::isObject).map(Terms::deprecation);
  }

  static Term<DeprecationTerms> deprecation(Node node) {
    return new Term<>(
        new DeprecationTerms(
            day(node.text("since")),
            day(node.text("sunset")),
            node.text("replacement"),
            node.text("reason")),
        node);
  }

  /**
   * {@code x-max-bytes}.
   *
   * @return the largest payload, encoded
   */
  public Optional<Term<Long>> maxBytes() {
    return find("x-max-bytes")
        .flatMap(
            node -> {
              BigDecimal number = node.number();
              return number == null || number.stripTrailingZeros().scale() > 0
                  ? Optional.empty()
                  : Optional.of(new Term<>(number.longValue(), node));
            });
  }

  private static @Nullable Integer integer(Node node) {
    BigDecimal number = node.number();
    return number == null ? null : number.intValue();
  }

  /** ISO 8601; null if it is none. */
  static @Nullable Duration parsed(@Nullable String text) {
    try {
      return text == null ? null : Duration.parse(text);
    } catch (DateTimeException e) {
      return null;
    }
  }

  /** ISO 8601; null if it is none. */
  static @Nullable LocalDate day(@Nullable String text) {
    try {
      return text == null ? null : LocalDate.parse(text);
    } catch (DateTimeException e) {
      return null;
    }
  }
}
