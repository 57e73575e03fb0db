package io.stagepost.amqp;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.rabbitmq.client.amqp.Connection;
import com.rabbitmq.client.amqp.ConsumerBuilder.StreamOffsetSpecification;
import com.rabbitmq.client.amqp.Message;
import com.rabbitmq.client.amqp.Publisher;
import com.rabbitmq.client.amqp.Resource.State;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Who has begun to handle what may kill it, and has lived: a stream of the subscription, which
 * outlives the process. Each suspect is written there before it is handled, alone, and again
 * afterwards; a process whose last word about a message is that it begins has died of it, as far as
 * anybody can know.
 *
 * <p>Ends with the connection. What is known belongs to the loop, on which the connection hands out
 * what it receives; it is opened, and written to, beside it.
 */
final class Evidence {
  private static final String SUSPECT = "suspect";
  private static final String PROCESS = "process";
  private static final String BEGINS = "begins";
  private static final String BEGIN = "begin";

  /** Until the alarm, or the connection, is over. */
  private static final Duration FOR_EVER = Duration.ofSeconds(-1);

  private final Publisher publisher;
  private final String process;
  private final Runnable unwritten;

  /** By message: by other process, whether it has begun and not ended. */
  private final Map<String, Map<String, Boolean>> known = new HashMap<>();

  /** By beginning: told how many have died of it, once what was known before has been read. */
  private final Map<String, IntConsumer> awaited = new HashMap<>();

  /**
   * Begins to read what is known.
   *
   * @param at whose consumers' messages are handed out on the receiver's thread
   * @param stream which exists, and an exchange of its name
   * @param process this one's identity
   * @param unwritten called, from any thread, when something could not be written, or not be read
   */
  Evidence(Connection at, String stream, String process, Runnable unwritten) {
    this.process = process;
    this.unwritten = unwritten;
    this.publisher = at.publisherBuilder().exchange(stream).publishTimeout(FOR_EVER).build();
    var unused =
        at.consumerBuilder().queue(stream).stream()
            .offset(StreamOffsetSpecification.FIRST)
            .builder()
            .messageHandler(
                (context, message) -> {
                  context.accept();
                  read(message);
                })
            .listeners(
                event -> {
                  if (event.currentState() == State.CLOSED) {
                    unwritten.run();
                  }
                })
            .build();
  }

  /**
   * Awaits that it is stored that this process begins with a message. To be called before it is
   * written.
   *
   * @param begin this very beginning: an earlier one may still be on its way
   * @param deaths told then how many other processes have died of it
   */
  void await(String begin, IntConsumer deaths) {
    awaited.put(begin, deaths);
  }

  /**
   * Writes about a message; blocks until the broker takes it in.
   *
   * @param begin the beginning that is awaited; null if this process has lived through it, or has
   *     not begun after all
   */
  void write(String suspect, @Nullable String begin) {
    publisher.publish(
        publisher
            .message()
            .property(SUSPECT, suspect)
            .property(PROCESS, process)
            .property(BEGINS, begin != null)
            .property(BEGIN, begin == null ? "" : begin),
        answer -> {
          if (answer.status() != Publisher.Status.ACCEPTED) {
            unwritten.run();
          }
        });
  }

  private void read(Message record) {
    if (!(record.property(SUSPECT) instanceof String suspect)
        || !(record.property(PROCESS) instanceof String writer)) {
      return; // not ours
    }
    boolean begins = Boolean.TRUE.equals(record.property(BEGINS));
    Map<String, Boolean> processes = known.computeIfAbsent(suspect, unused -> new HashMap<>());
    if (!writer.equals(process)) {
      processes.put(writer, begins);
      return;
    }
    IntConsumer waiting =
        record.property(BEGIN) instanceof String begin ? awaited.remove(begin) : null;
    if (waiting != null) {
      waiting.accept((int) processes.values().stream().filter(begun -> begun).count());
    }
  }

  /** What tells a message from all others: a hash of it. */
  static String identity(io.stagepost.spi.Message message) {
    MessageDigest digest;
    try {
      digest = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException everyPlatformHasIt) {
      throw new IllegalStateException(everyPlatformHasIt);
    }
    update(digest, message.key());
    message
        .headers()
        .forEach(
            header -> {
              update(digest, header.name().getBytes(UTF_8));
              update(digest, header.value());
            });
    update(digest, message.body());
    return HexFormat.of().formatHex(digest.digest());
  }

  private static void update(MessageDigest digest, byte @Nullable [] part) {
    digest.update(ByteBuffer.allocate(4).putInt(part == null ? -1 : part.length).flip());
    if (part != null) {
      digest.update(part);
    }
  }
}
