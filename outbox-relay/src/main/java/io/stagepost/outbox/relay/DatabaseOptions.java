package io.stagepost.outbox.relay;

import static java.util.Objects.requireNonNull;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.pool.HikariPool.PoolInitializationException;
import io.stagepost.MessagingException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Which database, and how to get there. Passwords are never shown. */
final class DatabaseOptions {
  private static final Pattern PASSWORD = Pattern.compile("(?i)password\\s*=|://[^/@?]*:[^/@?]*@");
  private static final Duration CONNECT = Duration.ofSeconds(10);

  /** The relay keeps one; the other looks how much waits. */
  private static final int CONNECTIONS = 2;

  @Option(
      names = "--database",
      paramLabel = "URL",
      defaultValue = "${env:RELAY_DATABASE}",
      description = {
        "The JDBC URL of the database that the outbox is in: jdbc:postgresql://host:5432/shop, or"
            + " jdbc:mariadb://host:3306/shop, which is MySQL's too. Default: the environment"
            + " variable RELAY_DATABASE."
      })
  private @Nullable String url;

  @Option(
      names = "--database-config",
      paramLabel = "FILE",
      defaultValue = "${env:RELAY_DATABASE_CONFIG}",
      description = {
        "A properties file: user, password, and the driver's own properties, such as sslmode and"
            + " sslrootcert of PostgreSQL's, sslMode and serverSslCert of MariaDB's. Default: the"
            + " environment variable RELAY_DATABASE_CONFIG."
      })
  private @Nullable Path config;

  @Spec(Spec.Target.MIXEE)
  private @Nullable CommandSpec spec;

  /** For picocli. */
  DatabaseOptions() {}

  /**
   * Connects.
   *
   * @return a pool of two connections, to be closed
   * @throws ParameterException if the options are wrong
   * @throws MessagingException {@code SP-RELAY-002} if the database cannot be reached
   */
  HikariDataSource open() {
    CommandSpec command = requireNonNull(spec);
    if (url == null || url.isBlank()) {
      throw new ParameterException(
          command.commandLine(),
          "Name a database: --database URL, or the environment variable RELAY_DATABASE.");
    }
    if (command.commandLine().getParseResult().hasMatchedOption("--database")
        && PASSWORD.matcher(url).find()) {
      throw ConfigFile.secret("--database", "RELAY_DATABASE", command);
    }
    HikariConfig pool = new HikariConfig();
    pool.setPoolName("relay");
    pool.setMaximumPoolSize(CONNECTIONS);
    pool.setMinimumIdle(0);
    pool.setConnectionTimeout(CONNECT.toMillis());
    Map<String, String> settings = ConfigFile.read(config, command);
    String user = settings.remove("user");
    String password = settings.remove("password");
    if (user != null) {
      pool.setUsername(user);
    }
    if (password != null) {
      pool.setPassword(password);
    }
    settings.forEach(pool::addDataSourceProperty);
    try {
      pool.setJdbcUrl(url);
      return new HikariDataSource(pool);
    } catch (PoolInitializationException unreachable) {
      throw new MessagingException(
          "SP-RELAY-002",
          "The database cannot be reached: "
              + rootOf(unreachable).getMessage()
              + ". Check --database, user and password in --database-config, and that the server"
              + " runs.",
          unreachable);
    } catch (RuntimeException noDriver) {
      throw new ParameterException(
          command.commandLine(),
          "No driver takes that database's URL; write jdbc:postgresql://host:5432/name, or"
              + " jdbc:mariadb://host:3306/name for MariaDB and MySQL.",
          noDriver);
    }
  }

  private static Throwable rootOf(Throwable failure) {
    Throwable root = failure;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    return root;
  }
}
