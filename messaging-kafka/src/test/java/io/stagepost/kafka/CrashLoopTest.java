package io.stagepost.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.stagepost.EventType;
import io.stagepost.Messaging;
import io.stagepost.schema.Json;
import io.stagepost.spi.FailureHeaders;
import io.stagepost.spi.Message;
import io.stagepost.spi.StoredMessage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A service, as a process of its own, that dies whenever it handles a certain event. */
@Timeout(600)
class CrashLoopTest {
  record Note(int number) {}

  private static final int TOTAL = 300;
  private static final int DEADLY = 57;
  private static final String SUBSCRIPTION = "crashing";

  private static EventType<Note> note(String channel) {
    return EventType.of("test.note.v1", Note.class)
        .source("urn:test:notes")
        .channel(channel)
        .key(note -> "key " + note.number() % 40)
        .codec(Json.codec());
  }

  /** The service. */
  public static final class Service {
    private Service() {}

    /**
     * Handles the channel of the first argument at the broker of the second, until its input ends.
     */
    public static void main(String[] arguments) throws IOException {
      String group = arguments[2];
      try (Messaging messaging =
          Messaging.over(
              KafkaTransport.builder()
                  .bootstrapServers(arguments[1])
                  // a member that comes back takes over at once
                  .consumerProperty("group.instance.id", group + "-1")
                  .build())) {
        messaging
            .subscribe(group)
            .on(
                note(arguments[0]),
                event -> {
                  if (event.data().number() == DEADLY) {
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
  private static Process start(String channel, String group, Path output) throws IOException {
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
            Broker.ADDRESS,
            group)
        .redirectOutput(ProcessBuilder.Redirect.appendTo(output.toFile()))
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start();
  }

  @Test
  void d03_an_event_that_kills_the_process_becomes_a_dead_letter_and_its_neighbours_are_handled(
      @TempDir Path directory) throws Exception {
    String channel = Broker.topic("crashes", 2);
    String group = Broker.unique(SUBSCRIPTION);
    try (Messaging messaging = Messaging.over(Broker.transport())) {
      List<io.stagepost.Event<Note>> all = new ArrayList<>();
      for (int i = 0; i < TOTAL; i++) {
        all.add(note(channel).event(new Note(i)));
      }
      Broker.get(messaging.publishAll(all));
    }
    Path output = directory.resolve("handled");
    int deaths = 0;
    for (boolean done = false; !done; ) {
      Process service = start(channel, group, output);
      try {
        done = outlives(service, () -> isDone(channel, group, output));
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
    assertThat(deaths).isBetween(4, 6);
    assertThat(handled(output)).hasSize(TOTAL - 1).doesNotContain(DEADLY);
    List<StoredMessage> dead = Broker.stored(channel + "." + group + ".dead-letter");
    assertThat(dead).hasSize(1);
    Message letter = dead.get(0).message();
    assertThat(letter.body()).asString(UTF_8).contains(Integer.toString(DEADLY));
    assertThat(letter.header(FailureHeaders.REASON)).asString(UTF_8).isEqualTo("crashed");
    assertThat(letter.header(FailureHeaders.ATTEMPTS)).asString(UTF_8).isEqualTo("2");
  }

  /** Whether it is still alive when the condition holds; false as soon as it has ended. */
  private static boolean outlives(Process service, Callable<Boolean> condition) throws Exception {
    while (!condition.call()) {
      if (service.waitFor(100, TimeUnit.MILLISECONDS)) {
        return false;
      }
    }
    return true;
  }

  /** What was handled before a death, and not committed, comes again: that is waited for too. */
  private static boolean isDone(String channel, String group, Path output) throws IOException {
    return handled(output).size() == TOTAL - 1 && Broker.committedSum(group, channel) == TOTAL;
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
