package io.stagepost.amqp;

import com.rabbitmq.client.amqp.AmqpException;
import com.rabbitmq.client.amqp.AmqpException.AmqpResourceInvalidStateException;
import com.rabbitmq.client.amqp.Connection;
import com.rabbitmq.client.amqp.Publisher;
import com.rabbitmq.client.amqp.Publisher.Status;
import io.stagepost.spi.Header;
import io.stagepost.spi.Message;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Where brokers before 4.3 keep what is not due for long: a queue for each of a few lengths of
 * time, from which the broker moves a message back to the subscription's own queues when that time
 * is over. What is not nearly due then goes to the next one. All messages of a queue stay equally
 * long, so none waits behind another.
 *
 * <p>Belongs to one connection, and to what is done beside the loop.
 */
final class Ladder {
  /** How long a message stays in which queue: the longest that is not too long is taken. */
  static final List<Duration> RUNGS =
      List.of(
          Duration.ofSeconds(10),
          Duration.ofMinutes(1),
          Duration.ofMinutes(10),
          Duration.ofHours(1),
          Duration.ofHours(6));

  /** How much later than wanted a message may come back so that it need not go by a lower queue. */
  private static final Duration LATE = Duration.ofMillis(500);

  /** How long the broker may take nothing in; then what is to be moved is kept by the member. */
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  /** How long nothing more is moved when something could not be. */
  static final Duration HOLDING = Duration.ofMinutes(1);

  private static final Pattern VERSION = Pattern.compile("(\\d+)\\.(\\d+)");

  /** What the broker writes on a message that it moves. */
  private static final Pattern DEATH =
      Pattern.compile(
          Pattern.quote(Names.ANNOTATION) + "\\w+:x-(opt-deaths|(first|last)-death-\\w+)");

  /** On what is moved; and before the names of such headers that it came with. */
  private static final String MARK = "stagepost-ladder";

  private static final Logger LOG = System.getLogger("io.stagepost.amqp.Receiver");

  private final Connection connection;
  private final String subscription;
  private final AmqpTopology topology;
  private final Map<String, Publisher> publishers = new HashMap<>();

  /** Why something could not be moved last; null if nothing was in the way. */
  private @Nullable String broken;

  private long brokenAt;

  Ladder(Connection connection, String subscription, AmqpTopology topology) {
    this.connection = connection;
    this.subscription = subscription;
    this.topology = topology;
  }

  /** Since RabbitMQ 4.3 a queue itself keeps a message until a time. */
  static boolean isNeeded(Connection at) {
    Matcher version = VERSION.matcher(at.connectionInfo().brokerVersion());
    if (!version.lookingAt()) {
      return true;
    }
    int major = Integer.parseInt(version.group(1));
    return major < 4 || (major == 4 && Integer.parseInt(version.group(2)) < 3);
  }

  /** Where messages are written to: who may do so need not be allowed to write to any queue. */
  static String exchange(String address, String subscription) {
    return Layout.group(address, subscription) + ".after";
  }

  static String key(Duration rung) {
    return rung.toSeconds() + "s";
  }

  /** The queue that keeps a message for so long. */
  static String queue(String address, String subscription, Duration rung) {
    return exchange(address, subscription) + "-" + key(rung);
  }

  /** Where what is wanted after so long stays next. */
  static Duration rung(Duration left) {
    Duration longest = RUNGS.get(0);
    for (Duration rung : RUNGS) {
      if (rung.compareTo(left.plus(LATE)) <= 0) {
        longest = rung;
      }
    }
    return longest;
  }

  /**
   * Writes a message to where it stays next. Blocks while the broker takes nothing in.
   *
   * @param moved told, on a thread of the client's, why it is not stored there; null if it is
   */
  void move(Message message, Instant until, Consumer<@Nullable String> moved) {
    if (broken != null && System.nanoTime() - brokenAt < HOLDING.toNanos()) {
      moved.accept(broken);
      return;
    }
    broken = null;
    Duration rung = rung(Duration.between(Instant.now(), until));
    String queue = queue(message.address(), subscription, rung);
    try {
      Publisher publisher = publisher(message.address(), rung, queue);
      publisher.publish(
          AmqpMessages.write(publisher, marked(message)),
          answer ->
              moved.accept(
                  answer.status() == Status.ACCEPTED ? null : queue + " did not take it in"));
    } catch (AmqpException refused) {
      if (refused instanceof AmqpResourceInvalidStateException) {
        publishers.remove(queue); // it is closed
      }
      String why = queue + ": " + refused;
      broken = why;
      brokenAt = System.nanoTime();
      LOG.log(Level.DEBUG, why, refused);
      moved.accept(why);
    }
  }

  private Publisher publisher(String address, Duration rung, String queue) {
    Publisher known = publishers.get(queue);
    if (known == null) {
      String exchange = exchange(address, subscription);
      topology.requireExchange(exchange); // else its lack costs the session
      topology.requireQueue(connection.management(), queue);
      known =
          connection
              .publisherBuilder()
              .exchange(exchange)
              .key(key(rung))
              .publishTimeout(PATIENCE)
              .build();
      publishers.put(queue, known);
    }
    return known;
  }

  // ---- the broker's marks, which are not the message's (D14)

  static Message marked(Message message) {
    List<Header> headers = new ArrayList<>(message.headers().size() + 1);
    headers.add(new Header(MARK, new byte[0]));
    for (Header header : message.headers()) {
      headers.add(isOfDeath(header) ? new Header(MARK + header.name(), header.value()) : header);
    }
    return new Message(message.address(), message.key(), headers, message.body());
  }

  /** As it was, if it comes from such a queue. */
  static Message unmarked(Message message) {
    if (message.header(MARK) == null) {
      return message;
    }
    List<Header> headers = new ArrayList<>(message.headers().size());
    for (Header header : message.headers()) {
      if (header.name().startsWith(MARK)) {
        if (header.name().length() > MARK.length()) {
          headers.add(new Header(header.name().substring(MARK.length()), header.value()));
        }
      } else if (!isOfDeath(header)) {
        headers.add(header);
      }
    }
    return new Message(message.address(), message.key(), headers, message.body());
  }

  private static boolean isOfDeath(Header header) {
    return header.name().startsWith(Names.ANNOTATION) && DEATH.matcher(header.name()).matches();
  }
}
