package io.stagepost.samples.shop;

import io.stagepost.Topology;
import io.stagepost.asyncapi.operations.AccessList;
import io.stagepost.kafka.KafkaTransport;
import io.stagepost.spi.Transport;
import io.stagepost.testkit.fixture.KafkaFixture;
import io.stagepost.testkit.fixture.internal.HostPorts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ScramCredentialInfo;
import org.apache.kafka.clients.admin.ScramMechanism;
import org.apache.kafka.clients.admin.UserScramCredentialUpsertion;
import org.apache.kafka.common.acl.AccessControlEntry;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.acl.AclPermissionType;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourcePattern;
import org.apache.kafka.common.resource.ResourceType;
import org.apache.kafka.common.utils.SecurityUtils;
import org.jspecify.annotations.Nullable;

/** Kafka with passwords and its own authorizer. */
final class GuardedKafka implements Guarded {
  private static final String SCRAM = "org.apache.kafka.common.security.scram.ScramLoginModule";
  private static final String PASSWORD = "a-password";

  private final Path directory = Files.createTempDirectory("stagepost-guarded");
  private final String address = "127.0.0.1:" + HostPorts.free(1).get(0);
  private final KafkaFixture broker =
      KafkaFixture.start(
          directory,
          Map.of(
              "listeners", "GUARDED://" + address,
              "advertised.listeners", "GUARDED://" + address,
              "listener.security.protocol.map", "GUARDED:SASL_PLAINTEXT",
              "listener.name.guarded.sasl.enabled.mechanisms", "SCRAM-SHA-512",
              "listener.name.guarded.scram-sha-512.sasl.jaas.config", SCRAM + " required;",
              "authorizer.class.name", "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
              "super.users", "User:ANONYMOUS"));
  private final Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServers()));

  GuardedKafka() throws IOException {}

  @Override
  public AccessList.Broker kind() {
    return AccessList.Broker.KAFKA;
  }

  @Override
  public @Nullable String virtualHost() {
    return null;
  }

  @Override
  public void user(String name) {
    ScramCredentialInfo scram = new ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, 4096);
    done(
        admin
            .alterUserScramCredentials(
                List.of(new UserScramCredentialUpsertion(name, scram, PASSWORD)))
            .all());
  }

  /** As {@code kafka-acls} understands the words. */
  @Override
  public void grant(String user, List<List<String>> commands) {
    List<AclBinding> acls = new ArrayList<>();
    for (List<String> words : commands) {
      String principal = "";
      List<AclOperation> operations = new ArrayList<>();
      ResourceType type = ResourceType.UNKNOWN;
      String name = "";
      PatternType pattern = PatternType.LITERAL;
      for (int i = 0; i < words.size(); i++) {
        switch (words.get(i)) {
          case "--bootstrap-server" -> i++;
          case "--add" -> {}
          case "--allow-principal" -> principal = words.get(++i);
          case "--operation" -> operations.add(SecurityUtils.operation(words.get(++i)));
          case "--topic", "--group" -> {
            type = SecurityUtils.resourceType(words.get(i).substring(2));
            name = words.get(++i);
          }
          case "--resource-pattern-type" ->
              pattern = PatternType.valueOf(words.get(++i).toUpperCase(Locale.ROOT));
          default -> throw new AssertionError(words.get(i) + " in " + words);
        }
      }
      for (AclOperation operation : operations) {
        acls.add(
            new AclBinding(
                new ResourcePattern(type, name, pattern),
                new AccessControlEntry(principal, "*", operation, AclPermissionType.ALLOW)));
      }
    }
    done(admin.createAcls(acls).all());
  }

  private static void done(org.apache.kafka.common.KafkaFuture<?> future) {
    try {
      future.get();
    } catch (InterruptedException | ExecutionException failure) {
      throw new AssertionError(failure);
    }
  }

  @Override
  public Transport transport(@Nullable String user, Topology topology, String stream) {
    KafkaTransport.Builder transport =
        KafkaTransport.builder()
            .topology(topology)
            .partitions(1)
            .bootstrapServers(user == null ? broker.bootstrapServers() : address);
    return user == null
        ? transport.build()
        : transport
            .property("security.protocol", "SASL_PLAINTEXT")
            .property("sasl.mechanism", "SCRAM-SHA-512")
            .property(
                "sasl.jaas.config",
                "%s required username=\"%s\" password=\"%s\";".formatted(SCRAM, user, PASSWORD))
            .build();
  }

  @Override
  public String denied() {
    return "SP-KAFKA-006";
  }

  @Override
  public void close() throws IOException {
    admin.close();
    broker.close();
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  @Override
  public String toString() {
    return "Kafka";
  }
}
