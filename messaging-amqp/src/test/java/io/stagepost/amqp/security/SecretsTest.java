package io.stagepost.amqp.security;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.stagepost.amqp.security.SecuredBroker.Brokers;
import io.stagepost.testkit.fixture.RabbitFixture.Version;
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
import org.junit.jupiter.api.parallel.ResourceLock;

/** What must never be seen is set, and everything that can be seen is searched for it. */
@Timeout(value = 600, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
@Execution(ExecutionMode.CONCURRENT)
@ResourceLock("the secured broker")
@ExtendWith(SecuredBroker.Given.class)
class SecretsTest {
  @Test
  void no_secret_is_in_what_is_described_logged_or_thrown(Brokers brokers, @TempDir Path files)
      throws Exception {
    SecuredBroker broker = brokers.of(Version.V4_3);
    String user = SecuredBroker.unique("marked");
    broker.user(user, SecretsProgram.MARKER);
    broker.grant(user, ".*", ".*", ".*");
    broker.issuer.lifetime(SecretsProgram.LIFE_OF_TOKENS);
    Path keyStore =
        broker
            .authority
            .issue(SecuredBroker.SERVICE, Instant.now().plus(Duration.ofDays(1)))
            .writePkcs12(files.resolve("keys.p12"));
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
                broker.address(),
                broker.tlsUri().substring(broker.tlsUri().indexOf('@') + 1),
                broker.trusted().toString(),
                user,
                broker.issuer.tokenUrl(),
                keyStore.toString())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    try {
      assertThat(program.waitFor(540, TimeUnit.SECONDS)).isTrue();
    } finally {
      program.destroyForcibly();
      broker.issuer.lifetime(Duration.ofMinutes(10));
    }
    List<String> lines = Files.readAllLines(output);
    assertThat(program.exitValue()).as(() -> String.join("\n", lines)).isZero();

    assertThat(lines)
        .as("it went right and wrong in all those ways")
        .contains(
            "succeeded: right password",
            "succeeded: right password over TLS",
            "succeeded: right client secret")
        .anyMatch(line -> line.contains("SP-AMQP-009 A broker's URI"))
        .anyMatch(line -> line.contains("SP-AMQP-009 The token endpoint"))
        .anyMatch(line -> line.contains("SP-AMQP-009 It has several ways"))
        .anyMatch(line -> line.contains("SP-AMQP-012"))
        .anyMatch(line -> line.contains("SP-AMQP-040") && line.contains("keys.p12"))
        .anyMatch(line -> line.contains("SP-AMQP-042") && line.contains("password"))
        .anyMatch(line -> line.contains("SP-AMQP-043"))
        .as("the client's own log is read")
        .anyMatch(line -> line.contains("Set new token for connection"));

    String encoded =
        Base64.getEncoder()
            .encodeToString((TokenIssuer.CLIENT + ":" + SecretsProgram.MARKER).getBytes(UTF_8));
    assertThat(lines)
        .noneMatch(line -> line.contains("h1dden"))
        .noneMatch(line -> line.contains(TokenIssuer.SECRET))
        .noneMatch(line -> line.contains(encoded))
        .as("nor a token")
        .noneMatch(line -> line.contains("eyJ"));
  }
}
