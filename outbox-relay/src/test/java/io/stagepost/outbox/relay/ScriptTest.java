package io.stagepost.outbox.relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The script {@code bin/relay}, from another folder: what goes where, and its exit codes. It lies
 * in a checkout that was built, elsewhere, so that it cannot build while this build is under way.
 */
@Timeout(value = 180, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ScriptTest {
  private static final List<String> MODULES =
      List.of(
          "messaging-api",
          "messaging-cloudevents",
          "messaging-kafka",
          "messaging-amqp",
          "outbox",
          "outbox-relay");

  @TempDir private Path root;
  @TempDir private Path elsewhere;

  @BeforeEach
  void checkOut() throws Exception {
    Files.copy(
        Path.of("../bin/relay"), Files.createDirectories(root.resolve("bin")).resolve("relay"));
    Files.createFile(root.resolve("pom.xml"));
    for (String module : MODULES) {
      Files.createDirectories(root.resolve(module).resolve("src/main"));
      Files.createFile(root.resolve(module).resolve("pom.xml"));
    }
    Path target = Files.createDirectories(root.resolve("outbox-relay/target"));
    Manifest manifest = new Manifest();
    Attributes attributes = manifest.getMainAttributes();
    attributes.put(Attributes.Name.MANIFEST_VERSION, "1.0");
    attributes.put(Attributes.Name.MAIN_CLASS, RelayCommand.class.getName());
    attributes.put(
        Attributes.Name.CLASS_PATH,
        Running.classPath().stream()
            .map(entry -> Path.of(entry).toUri().toString())
            .collect(Collectors.joining(" ")));
    try (OutputStream jar = Files.newOutputStream(target.resolve("outbox-relay-0.jar"))) {
      new JarOutputStream(jar, manifest).close();
    }
    Files.createFile(target.resolve("built"));
  }

  private Running relay(Map<String, String> environment, String... words) throws IOException {
    Map<String, String> all = new TreeMap<>(Map.of("JAVA_HOME", System.getProperty("java.home")));
    all.putAll(environment);
    List<String> command = new ArrayList<>(List.of(root.resolve("bin/relay").toString()));
    command.addAll(List.of(words));
    return Running.start(elsewhere, all, command);
  }

  private void ends(ExitCode code, Running relay) throws InterruptedException {
    assertThat(relay.exitCode()).as(relay.err()).isEqualTo(code.number());
  }

  @Test
  void results_go_to_standard_output_and_the_rest_to_standard_error() throws Exception {
    try (Service service = Service.onKafka()) {
      service.commit("a", "1");
      Running status = relay(service.environment(), "status", "--format", "json");
      ends(ExitCode.DONE, status);
      assertThat(status.out()).startsWith("{\"waiting\":1,").hasLineCount(1);
      assertThat(status.err()).isEmpty();

      Running alarm = relay(service.environment(), "status", "--max-age", "1ms");
      ends(ExitCode.ALARM, alarm);
      assertThat(alarm.out()).startsWith("waiting=1 ");
      assertThat(alarm.err()).isEmpty();

      Running none = relay(service.environment(), "parked", "list");
      ends(ExitCode.NOTHING_MATCHED, none);
      assertThat(none.out()).isEmpty();
      assertThat(none.err()).isEmpty();

      Running unasked = relay(service.environment(), "parked", "discard", "--all");
      ends(ExitCode.REFUSED, unasked);
      assertThat(unasked.out()).isEmpty();
      assertThat(unasked.err()).startsWith("relay: ").contains("--yes");
    }
  }

  @Test
  void parked_rows_that_are_large_are_listed_and_discarded_in_its_memory() throws Exception {
    try (Service service = Service.onKafka()) {
      service.execute(
          "insert into stagepost_outbox_parked (shard, id, address, headers, body, created_at,"
              + " parked_at, error, holds) select 1, n, 'orders', '\\x0100000000',"
              + " convert_to(repeat('x', 4 << 20), 'UTF8'), now(), now(), 'too large', false"
              + " from generate_series(1, 50) n");
      Running list = relay(service.environment(), "parked", "list");
      ends(ExitCode.DONE, list);
      assertThat(list.out()).hasLineCount(20).contains(" bodyBytes=4194304 ");
      Running discard = relay(service.environment(), "parked", "discard", "--all", "--yes");
      ends(ExitCode.DONE, discard);
      assertThat(discard.out()).startsWith("discarded=50");
    }
  }

  @Test
  void help_is_a_result_and_what_is_wrong_is_not() throws Exception {
    Running help = relay(Map.of(), "--help");
    ends(ExitCode.DONE, help);
    assertThat(help.out()).contains("Usage: relay", "shards", "Exit codes:", "8   refused");
    assertThat(help.err()).isEmpty();

    Running unknown = relay(Map.of(), "statsu");
    ends(ExitCode.USAGE, unknown);
    assertThat(unknown.out()).isEmpty();
    assertThat(unknown.err()).startsWith("relay: ").contains("status");

    Running away =
        relay(Map.of("RELAY_DATABASE", "jdbc:mariadb://127.0.0.1:1/x?password=sesame"), "status");
    ends(ExitCode.ERROR, away);
    assertThat(away.out()).isEmpty();
    assertThat(away.err()).startsWith("relay: SP-RELAY-002 ").doesNotContain("sesame");

    Running bare = relay(Map.of("JAVA_HOME", elsewhere.toString()), "status");
    ends(ExitCode.ERROR, bare);
    assertThat(bare.out()).isEmpty();
    assertThat(bare.err()).startsWith("relay: " + elsewhere + "/bin/java is not there");
  }

  @Test
  void d08_sigterm_to_the_script_ends_the_relay_well() throws Exception {
    try (Service service = Service.onKafka();
        Running relay = relay(service.environment(), "run")) {
      await().atMost(Duration.ofSeconds(60)).until(relay::isStarted);
      relay.terminate();
      ends(ExitCode.DONE, relay);
      assertThat(relay.out()).contains("state=stopped");
      assertThat(relay.err()).isEmpty();
    }
  }
}
