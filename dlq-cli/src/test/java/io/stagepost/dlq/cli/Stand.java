package io.stagepost.dlq.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.cloudevents.core.builder.CloudEventBuilder;
import io.stagepost.amqp.AmqpTransport;
import io.stagepost.kafka.KafkaTransport;
import io.stagepost.spi.FailureHeaders;
import io.stagepost.spi.Header;
import io.stagepost.spi.Message;
import io.stagepost.spi.Need;
import io.stagepost.spi.Sender;
import io.stagepost.spi.Transport;
import io.stagepost.testkit.fixture.KafkaFixture;
import io.stagepost.testkit.fixture.RabbitFixture;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;

/**
 * A broker with a channel, its dead letters and its parking lot, and the command: in this process,
 * or in one of its own.
 */
final class Stand implements AutoCloseable {
  enum Kind {
    KAFKA {
      @Override
      String url() {
        return "kafka://" + KafkaFixture.shared().bootstrapServers();
      }

      @Override
      Transport connect(String url, String channel) {
        return KafkaTransport.builder()
            .bootstrapServers(url.substring("kafka://".length()))
            .allowPlaintext()
            .build();
      }
    },
    RABBITMQ {
      @Override
      String url() {
        return RabbitFixture.shared(RabbitFixture.Version.V4_3).uri();
      }

      @Override
      Transport connect(String url, String channel) {
        return AmqpTransport.builder().uris(url).keep(channel, Duration.ofDays(1)).build();
      }
    };

    abstract String url();

    /** Keeps what is sent to the channel, so that it can be looked at. */
    abstract Transport connect(String url, String channel);
  }

  /** As long as "orders", so that tables with it look as those with that. */
  final String channel = "o" + UUID.randomUUID().toString().substring(0, 5);

  final String letters = channel + ".billing.dead-letter";
  final String parking = channel + ".billing.parking-lot";
  final Transport transport;
  private final Kind kind;
  final String url;
  private final Path plans;

  /** On the broker that all tests share. */
  Stand(Kind kind, Path plans) {
    this(kind, kind.url(), plans);
  }

  Stand(Kind kind, String url, Path plans) {
    this.kind = kind;
    this.url = url;
    this.plans = plans;
    this.transport = connect();
    provision();
  }

  Transport connect() {
    return kind.connect(url, channel);
  }

  void provision() {
    List<String> problems =
        transport
            .topology()
            .provision(
                List.of(
                    Need.channel(channel),
                    Need.deadLetters(letters, channel, Duration.ofDays(14)),
                    Need.deadLetters(parking, channel, Duration.ofDays(14))))
            .problems();
    if (!problems.isEmpty()) {
      throw new IllegalStateException(problems.toString());
    }
  }

  /** What the command has said, and how it ended. */
  record Result(int code, String out, String err) {
    @Override
    public String toString() {
      return "exit code " + code + "\n" + out + "\n" + err;
    }

    /** The value after a word at the beginning of a line. */
    String value(String word) {
      return out.lines()
          .filter(line -> line.startsWith(word + " "))
          .map(line -> line.substring(word.length()).strip())
          .findFirst()
          .orElseThrow(() -> new AssertionError("No " + word + " in " + this));
    }
  }

  /** Runs the command in this process. */
  Result dlq(String command, String... arguments) {
    Cli.Result result = Cli.run(all(command, arguments).toArray(new String[0]));
    return new Result(result.code(), result.out(), result.err());
  }

  private List<String> all(String command, String... arguments) {
    List<String> all = new ArrayList<>(List.of(command));
    all.addAll(Arrays.asList(arguments));
    if (!all.contains("--broker")) {
      all.addAll(List.of("--broker", url));
    }
    all.addAll(List.of("--ledger", channel + ".ledger"));
    all.addAll(List.of("--as", "ada@test"));
    if (!List.of("runs", "audit", "edit", "purge").contains(command)) {
      all.addAll(List.of("--plans", plans.toString()));
    }
    return all;
  }

  /**
   * Starts the command in a process of its own, which heeds Ctrl-C, even if this one was started in
   * the background and does not.
   */
  Process start(Path stderr, String command, String... arguments) throws IOException {
    List<String> line = new ArrayList<>(List.of("env", "--default-signal=INT"));
    line.addAll(Cli.process().command());
    line.addAll(all(command, arguments));
    return new ProcessBuilder(line)
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .redirectError(ProcessBuilder.Redirect.appendTo(stderr.toFile()))
        .start();
  }

  // ---- what lies where

  /** Dead letters named from a first number on, of five keys, replayed so often. */
  void write(int first, int count, int replays) {
    List<CompletableFuture<?>> sent = new ArrayList<>();
    try (Sender sender = transport.sender(Duration.ofSeconds(30))) {
      for (int i = first; i < first + count; i++) {
        sent.add(sender.send(letter(i, replays, "{\"order\":" + i + ",\"amount\":null}")));
      }
      sent.forEach(CompletableFuture::join);
    }
  }

  void write(Message message) {
    try (Sender sender = transport.sender(Duration.ofSeconds(30))) {
      var unused = sender.send(message).join();
    }
  }

  Message letter(int number, int replays, String body) {
    return letter(number, 0, number, replays, body);
  }

  /** Of an event that lay at a place of the channel. */
  Message died(int number, int partition, long position) {
    return letter(number, partition, position, 0, "{}");
  }

  private Message letter(int number, int partition, long position, int replays, String body) {
    List<Header> failure = new ArrayList<>();
    failure.add(header(FailureHeaders.REASON, number % 2 == 0 ? "no-stock" : "no-price"));
    failure.add(header(FailureHeaders.SUBSCRIPTION, "billing"));
    failure.add(header(FailureHeaders.ORIGIN_ADDRESS, channel));
    failure.add(header(FailureHeaders.ORIGIN_PARTITION, Integer.toString(partition)));
    failure.add(header(FailureHeaders.ORIGIN_POSITION, Long.toString(position)));
    if (replays > 0) {
      failure.add(header(FailureHeaders.REPLAYS, Integer.toString(replays)));
    }
    return transport
        .encode(
            letters,
            "k" + number % 5,
            CloudEventBuilder.v1()
                .withId("e" + number)
                .withSource(URI.create("urn:test"))
                .withType("com.example.order.v1")
                .withDataContentType("application/json")
                .withData(body.getBytes(UTF_8))
                .build())
        .with(failure);
  }

  private static Header header(String name, String value) {
    return new Header(name, value.getBytes(UTF_8));
  }

  /** The events that lie at an address, by id. */
  List<String> ids(String address) {
    return at(address).stream().map(message -> transport.decode(message).getId()).toList();
  }

  List<Message> at(String address) {
    List<Message> all = new ArrayList<>();
    transport.browser().browse(address, stored -> all.add(stored.message()));
    return all;
  }

  @Override
  public void close() {
    transport.close();
  }
}
