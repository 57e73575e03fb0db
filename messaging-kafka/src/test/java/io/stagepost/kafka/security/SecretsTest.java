package io.stagepost.kafka.security;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.stagepost.kafka.security.SecuredBroker.Listener;
import io.stagepost.testkit.internal.TokenIssuer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** What must never be seen is set, and everything that can be seen is searched for it. */
@Timeout(600)
@Execution(ExecutionMode.CONCURRENT)
@ExtendWith(SecuredBroker.Given.class)
class SecretsTest {
  @Test
  void no_secret_is_in_what_is_described_logged_or_thrown(SecuredBroker broker, @TempDir Path files)
      throws Exception {
    Path keyStore =
        broker
            .authority
            .issue("notes-service", Instant.now().plus(Duration.ofDays(1)))
            .writePkcs12(files.resolve("keys.p12"));
    Path trusted = Files.writeString(files.resolve("trusted.pem"), broker.authority.pem());
    Path logging =
        Files.writeString(
            files.resolve("logging.properties"),
            """
            handlers=java.util.logging.ConsoleHandler
            .level=FINE
            # the JDK's own HTTP client shows what it sends
            sun.net.www.level=INFO
            java.util.logging.ConsoleHandler.level=ALL
            """);
    Path output = files.resolve("output");
    Process program =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-Dorg.slf4j.simpleLogger.defaultLogLevel=debug",
                "-Djava.util.logging.config.file=" + logging,
                "-cp",
                System.getProperty("java.class.path"),
                SecretsProgram.class.getName(),
                broker.address(Listener.SASL),
                trusted.toString(),
                broker.issuer.tokenUrl(),
                keyStore.toString())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    try {
      assertThat(program.waitFor(540, TimeUnit.SECONDS)).isTrue();
    } finally {
      program.destroyForcibly();
    }
    List<String> lines = Files.readAllLines(output);
    assertThat(program.exitValue()).as(() -> String.join("\n", lines)).isZero();

    assertThat(lines)
        .as("it went wrong in all those ways")
        .anyMatch(line -> line.contains("every secret") && line.contains("ssl.keystore.key"))
        .anyMatch(line -> line.contains("SP-KAFKA-001"))
        .anyMatch(line -> line.contains("SP-KAFKA-045"))
        .anyMatch(line -> line.contains("SP-KAFKA-002 The property sasl.jaas.config"))
        .anyMatch(line -> line.contains("SP-KAFKA-002 The Kafka producer"))
        .anyMatch(line -> line.contains("SP-KAFKA-005"))
        .anyMatch(line -> line.contains("SP-KAFKA-042") && line.contains("password"))
        .anyMatch(line -> line.contains("SP-KAFKA-043"))
        .anyMatch(line -> line.contains("(hidden)"));
    assertThat(lines).as("Kafka's own log is read").anyMatch(line -> line.contains("[hidden]"));

    String encoded =
        Base64.getEncoder()
            .encodeToString((TokenIssuer.CLIENT + ":" + SecretsProgram.MARKER).getBytes(UTF_8));
    assertThat(lines.stream().filter(line -> line.contains("h1dden") || line.contains(encoded)))
        .isEmpty();
  }
}
