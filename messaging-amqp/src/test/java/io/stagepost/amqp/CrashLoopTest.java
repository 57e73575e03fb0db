package io.stagepost.amqp;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.stagepost.Event;
import io.stagepost.EventType;
import io.stagepost.Messaging;
import io.stagepost.schema.Json;
import io.stagepost.spi.Browser;
import io.stagepost.spi.FailureHeaders;
import io.stagepost.spi.Message;
import io.stagepost.testkit.fixture.RabbitFixture;
import io.stagepost.testkit.fixture.RabbitFixture.Version;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A service, as a process of its own, that dies whenever it handles a certain event. */
@Timeout(value = 600, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class CrashLoopTest {
  record Note(int number) {}

  private static final int TOTAL = 300;
  private static final int DEADLY = 57;
  private static final String GROUP = "crashing";

  private static EventType<Note> note(String channel) {
    return EventType.of("test.note.v1", Note.class)
        .source("urn:test:notes")
        .channel(channel)
        .key(note -> "key " + note.number() % 40)
        .codec(Json.codec());
  }

  private static AmqpTransport transport(String uri, String channel) {
    return AmqpTransport.builder().uris(uri).partitions(2).group(channel, GROUP).build();
  }

  /** The service. */
  public static final class Service {
    private Service() {}

    /**
     * Handles the channel of the first argument at the broker of the second, until its input ends.
     */
    public static void main(String[] arguments) throws IOException {
      try (Messaging messaging = Messaging.over(transport(arguments[1], arguments[0]))) {
        messaging
            .subscribe(GROUP)
            .on(
                note(arguments[0]),
                event -> {
                  if (event.data().number() == DEADLY) {
                    System.out.flush();
                    Runtime.getRuntime().halt(137);
                  }
                  System.out.println(event.data().number());
                })
            .start();
        int unused = System.in.read();
      }
    }
  }

  /** What it prints goes to a file: a read from its pipe could not be interrupted. */
  private static Process start(String channel, String uri, Path output) throws IOException {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx128m",
            "-cp",
            System.getProperty("java.class.path"),
            "-Dorg.slf4j.simpleLogger.defaultLogLevel=error",
            "-Djava.util.logging.config.file="
                + System.getProperty("java.util.logging.config.file"),
            Service.class.getName(),
            channel,
            uri)
        .redirectOutput(ProcessBuilder.Redirect.appendTo(output.toFile()))
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start();
  }

  @ParameterizedTest
  @EnumSource(names = {"V4_0", "V4_3"})
  void d03_an_event_that_kills_the_process_becomes_a_dead_letter_and_its_neighbours_are_handled(
      Version version, @TempDir Path directory) throws Exception {
    String channel = "crashes-" + UUID.randomUUID().toString().substring(0, 8);
    RabbitFixture broker = RabbitFixture.shared(version);
    String uri = broker.uri();
    String permitted = Permitted.uri(broker, channel, GROUP);
    try (AmqpTransport transport = transport(uri, channel);
        Messaging messaging = Messaging.over(transport)) {
      List<Event<Note>> all = new ArrayList<>();
      for (int i = 0; i < TOTAL; i++) {
        all.add(note(channel).event(new Note(i)));
      }
      messaging.publishAll(all).join();
    }
    Path output = Files.createFile(directory.resolve("handled"));
    String deadLetters = channel + "." + GROUP + ".dead-letter";
    List<Message> dead;
    int deaths = 0;
    try (AmqpTransport looking = AmqpTransport.to(uri)) {
      for (boolean done = false; !done; ) {
        Process service = start(channel, permitted, output);
        try {
          done = outlives(service, looking.browser(), deadLetters, output);
          if (done) {
            service.getOutputStream().close();
            assertThat(service.waitFor(120, TimeUnit.SECONDS)).isTrue();
            assertThat(service.exitValue()).as("it closes in order").isZero();
          } else {
            assertThat(service.exitValue()).isEqualTo(137);
            deaths++;
            assertThat(deaths).isLessThanOrEqualTo(10);
          }
        } finally {
          service.destroyForcibly();
        }
      }
      dead = dead(looking.browser(), deadLetters);
    }
    assertThat(deaths).as("thrice to be suspected, twice alone").isEqualTo(5);
    assertThat(handled(output)).hasSize(TOTAL - 1).doesNotContain(DEADLY);
    assertThat(dead).hasSize(1);
    Message letter = dead.get(0);
    assertThat(letter.body()).asString(UTF_8).contains(Integer.toString(DEADLY));
    assertThat(letter.header(FailureHeaders.REASON)).asString(UTF_8).isEqualTo("crashed");
  }

  /** Whether it is still alive when all others are handled and the deadly one is given up. */
  private static boolean outlives(Process service, Browser browser, String deadLetters, Path output)
      throws Exception {
    while (handled(output).size() < TOTAL - 1 || dead(browser, deadLetters).isEmpty()) {
      if (service.waitFor(200, TimeUnit.MILLISECONDS)) {
        return false;
      }
    }
    return true;
  }

  private static List<Message> dead(Browser browser, String deadLetters) {
    List<Message> dead = new ArrayList<>();
    browser.browse(deadLetters, stored -> dead.add(stored.message()));
    return dead;
  }

  private static Set<Integer> handled(Path output) throws IOException {
    String text = Files.readString(output);
    // what a dying process did not end with a line break is not a number
    return text.substring(0, text.lastIndexOf('\n') + 1)
        .lines()
        .map(Integer::valueOf)
        .collect(Collectors.toCollection(TreeSet::new));
  }
}
