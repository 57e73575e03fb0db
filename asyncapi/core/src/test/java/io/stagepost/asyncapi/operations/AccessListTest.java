package io.stagepost.asyncapi.operations;

import static org.assertj.core.api.Assertions.assertThat;

import io.stagepost.asyncapi.Contracts;
import io.stagepost.asyncapi.operations.AccessList.Broker;
import io.stagepost.asyncapi.operations.AccessList.Declares;
import io.stagepost.asyncapi.operations.AccessList.Who;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What brokers are asked to allow. */
class AccessListTest {
  @TempDir private Path folder;

  private AccessList list(String address, String action, Broker broker, Who who)
      throws IOException {
    String contract =
        """
        asyncapi: 3.0.0
        info: {title: A service, version: 1.0.0}
        channels: {a: {address: 'ADDRESS', parameters: {p: {enum: [x, y]}, q: {}}, messages: {m: {}}}}
        operations: {o: {action: ACTION, channel: {$ref: '#/channels/a'}}}
        """;
    Path file = folder.resolve("a.yaml");
    String parameters = address.contains("{") ? "" : "parameters: {p: {enum: [x, y]}, q: {}}, ";
    String text =
        contract.replace(parameters, "").replace("ADDRESS", address).replace("ACTION", action);
    for (String each : new String[] {"p: {enum: [x, y]}", "q: {}"}) {
      text =
          address.contains("{" + each.charAt(0) + "}")
              ? text
              : text.replace(each + ", ", "").replace(", " + each, "").replace(each, "");
    }
    Files.writeString(file, text);
    return AccessList.of(Contracts.offline().read(file), broker, who);
  }

  private static Who who(Declares declares) {
    return new Who("billing", "billing", null, declares, false);
  }

  @Test
  void rabbitmq_is_as_its_page_says() throws IOException {
    String page = Files.readString(Path.of("../../docs/rabbitmq.md"));
    Matcher row =
        Pattern.compile(
                "(?m)^\\| (publishes|consumes|the same|declares)[^|]*\\| (.*?) \\| (.*?) \\| (.*?) \\|$")
            .matcher(page);
    List<Declares> modes =
        List.of(Declares.NONE, Declares.NONE, Declares.VERIFY, Declares.AUTO_CREATE);
    String[] above = new String[3];
    for (int i = 0; i < 4; i++) {
      assertThat(row.find()).isTrue();
      AccessList list =
          list("orders", i == 0 ? "send" : "receive", Broker.RABBITMQ, who(modes.get(i)));
      JsonNode made = new JsonMapper().readTree(list.json()).get("permissions").get(0);
      String[] kinds = {"configure", "write", "read"};
      for (int k = 0; k < 3; k++) {
        String cell = row.group(k + 2);
        String pattern = cell.equals("as above") ? above[k] : cell.replace("`", "");
        above[k] = pattern;
        for (String name :
            List.of(
                "orders",
                "orders.billing",
                "orders.billing.00",
                "orders.billing.control",
                "orders.billing.dead-letter",
                "ordersXbilling",
                "orders.billing2",
                "other",
                "")) {
          assertThat(name.matches(made.get(kinds[k]).asString()))
              .as("%s of %s when %s: %s", kinds[k], name, row.group(1), made)
              .isEqualTo(name.matches(pattern));
        }
      }
    }
  }

  @Test
  void kafka_has_what_the_transport_reads_and_writes() throws IOException {
    assertThat(list("orders", "receive", Broker.KAFKA, who(Declares.NONE)).text())
        .isEqualTo(
            """
            kafka-acls --bootstrap-server "$BOOTSTRAP" --add --allow-principal User:billing --operation Describe --operation Read --topic orders
            kafka-acls --bootstrap-server "$BOOTSTRAP" --add --allow-principal User:billing --operation Describe --operation Read --operation Write --topic orders.billing.dead-letter
            kafka-acls --bootstrap-server "$BOOTSTRAP" --add --allow-principal User:billing --operation Describe --operation Write --topic orders.billing.parking-lot
            kafka-acls --bootstrap-server "$BOOTSTRAP" --add --allow-principal User:billing --operation Read --group billing
            """);
    assertThat(list("orders", "send", Broker.KAFKA, who(Declares.VERIFY)).text())
        .hasLineCount(1)
        .contains(
            "--operation Describe --operation DescribeConfigs --operation Write --topic orders\n");
    assertThat(list("orders", "receive", Broker.KAFKA, who(Declares.AUTO_CREATE)).text())
        .contains(
            "--operation Create --operation Describe --operation DescribeConfigs --operation Read --topic orders\n");
    assertThat(
            list(
                    "orders",
                    "receive",
                    Broker.KAFKA,
                    new Who("b", "billing", null, Declares.NONE, true))
                .text())
        .contains("--topic orders.billing.delay\n")
        .contains("--group billing.delay\n");
  }

  @Test
  void parameters_are_their_values_or_widen_what_is_granted() throws IOException {
    assertThat(list("a.{p}.b", "send", Broker.KAFKA, who(Declares.NONE)).text())
        .contains("--topic a.x.b\n")
        .contains("--topic a.y.b\n");
    AccessList open = list("a.{q}.b", "send", Broker.KAFKA, who(Declares.NONE));
    assertThat(open.text()).contains("--topic a. --resource-pattern-type prefixed\n");
    assertThat(open.notes()).singleElement().asString().contains("may be anything");
    assertThat(list("a.{q}.b", "send", Broker.RABBITMQ, who(Declares.NONE)).text())
        .isEqualTo("rabbitmqctl set_permissions -p / billing '^$' '^a\\..+\\.b$' '^$'\n");
  }

  @Test
  void json_is_for_programs() throws IOException {
    JsonNode acl =
        new JsonMapper()
            .readTree(list("orders", "send", Broker.KAFKA, who(Declares.NONE)).json())
            .get("acls")
            .get(1);
    assertThat(acl.toString())
        .isEqualTo(
            "{\"principal\":\"User:billing\",\"host\":\"*\",\"resourceType\":\"TOPIC\","
                + "\"patternType\":\"LITERAL\",\"name\":\"orders\",\"operation\":\"WRITE\","
                + "\"permissionType\":\"ALLOW\"}");
  }

  @Test
  void names_are_assumed_from_the_title_and_told() throws IOException {
    AccessList list = list("orders", "receive", Broker.KAFKA, Who.DEFAULTS);
    assertThat(list.text())
        .contains("--allow-principal User:a-service ")
        .contains("--group a-service.o\n");
    assertThat(list.notes()).singleElement().asString().contains("--subscription");
  }

  @Test
  void a_group_and_addresses_of_the_contract_are_taken() {
    Path billing = Path.of("src/test/resources/contracts/catalogue/billing.yaml");
    AccessList list = AccessList.of(Contracts.offline().read(billing), Broker.KAFKA, Who.DEFAULTS);
    assertThat(list.text())
        .contains("--topic shop.de.orders.v1.billing.dead-letter\n")
        .contains("--topic shop.fr.orders.v1\n")
        .contains("--group billing\n");
    assertThat(list.notes()).isEmpty();
    AccessList elsewhere =
        AccessList.of(Contracts.offline().read(billing), Broker.RABBITMQ, Who.DEFAULTS);
    assertThat(elsewhere.text()).isEmpty();
    assertThat(elsewhere.notes()).anyMatch(note -> note.contains("at another broker"));
  }

  @Test
  void a_shell_reads_back_what_was_meant() throws Exception {
    String name = "User:CN=O'Brien \"$HOME\" `id` $(id);\\ & *";
    AccessList list =
        list("orders", "send", Broker.KAFKA, new Who(name, null, null, Declares.NONE, false));
    Process shell =
        new ProcessBuilder(
                "/bin/sh",
                "-c",
                "kafka_acls() { printf '%s\\n' \"$5\"; }; "
                    + list.text().replace("kafka-acls", "kafka_acls"))
            .redirectErrorStream(true)
            .start();
    assertThat(new String(shell.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
        .isEqualTo(name + "\n");
  }

  @Test
  void what_is_no_topic_is_told() throws IOException {
    AccessList list = list("/a/b", "send", Broker.KAFKA, who(Declares.NONE));
    assertThat(list.text()).isEmpty();
    assertThat(list.notes()).singleElement().asString().contains("no name for a topic");
  }
}
