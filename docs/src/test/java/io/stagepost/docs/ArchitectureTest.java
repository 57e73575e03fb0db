package io.stagepost.docs;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The direction of dependencies: everything points at the API, and the API at nothing of ours. */
class ArchitectureTest {
  private static final String[] API = {
    "io.stagepost", "io.stagepost.spi", "io.stagepost.internal.."
  };
  private static final String[] SCHEMA = {"io.stagepost.schema.."};
  private static final String[] CLOUD_EVENTS = {"io.stagepost.cloudevents.."};
  private static final String[] KAFKA = {"io.stagepost.kafka.."};
  private static final String[] AMQP = {"io.stagepost.amqp.."};
  private static final String[] OUTBOX = {"io.stagepost.outbox..", "io.stagepost.inbox.."};
  private static final String[] ASYNCAPI = {"io.stagepost.asyncapi.."};
  private static final String[] DLQ = {"io.stagepost.dlq"};
  private static final String[] TESTKIT = {"io.stagepost.testkit.."};

  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages("io.stagepost");

  @Test
  void every_module_is_looked_at() {
    for (String[] module :
        List.of(API, SCHEMA, CLOUD_EVENTS, KAFKA, AMQP, OUTBOX, ASYNCAPI, DLQ, TESTKIT)) {
      assertThat(CLASSES.that(resideInAnyPackage(module))).as(module[0]).isNotEmpty();
    }
  }

  @Test
  void the_api_depends_on_nothing_but_cloudevents_and_annotations() {
    classes()
        .that()
        .resideInAnyPackage(API)
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage(
            "io.stagepost",
            "io.stagepost.spi",
            "io.stagepost.internal..",
            "java..",
            "io.cloudevents..",
            "org.jspecify.annotations")
        .check(CLASSES);
  }

  @Test
  void the_engine_knows_deliveries_and_nothing_else_of_ours() {
    classes()
        .that()
        .resideInAPackage("io.stagepost.internal.engine")
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage(
            "io.stagepost.internal.engine",
            "io.stagepost.spi",
            "java..",
            "org.jspecify.annotations")
        .check(CLASSES);
  }

  @Test
  void internals_are_nobody_elses() {
    noClasses()
        .that()
        .resideOutsideOfPackages("io.stagepost", "io.stagepost.internal..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("io.stagepost.internal..")
        .check(CLASSES);
  }

  @Test
  void modules_know_the_api_and_transports_and_tools_what_bindings_share() {
    independent(SCHEMA, CLOUD_EVENTS, KAFKA, AMQP, OUTBOX, ASYNCAPI, TESTKIT);
    independent(CLOUD_EVENTS, SCHEMA, KAFKA, AMQP, OUTBOX, ASYNCAPI, TESTKIT);
    independent(KAFKA, SCHEMA, AMQP, OUTBOX, ASYNCAPI, TESTKIT);
    independent(AMQP, SCHEMA, KAFKA, OUTBOX, ASYNCAPI, TESTKIT);
    independent(OUTBOX, SCHEMA, CLOUD_EVENTS, KAFKA, AMQP, ASYNCAPI, TESTKIT);
    independent(ASYNCAPI, CLOUD_EVENTS, KAFKA, AMQP, OUTBOX, TESTKIT);
    independent(TESTKIT, CLOUD_EVENTS, KAFKA, AMQP, OUTBOX, ASYNCAPI, DLQ);
    independent(DLQ, SCHEMA, KAFKA, AMQP, OUTBOX, ASYNCAPI, TESTKIT);
    noClasses()
        .that()
        .resideInAnyPackage(TESTKIT)
        .and()
        .resideOutsideOfPackage("io.stagepost.testkit.schema") // the contract of its registries
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(SCHEMA)
        .check(CLASSES);
  }

  @Test
  void contracts_are_read_without_their_command_and_trees_without_contracts() {
    noClasses()
        .that()
        .resideInAPackage("io.stagepost.asyncapi")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("io.stagepost.asyncapi.cli", "picocli..")
        .check(CLASSES);
    noClasses()
        .that()
        .resideInAPackage("io.stagepost.asyncapi.tree")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("io.stagepost.asyncapi", "io.stagepost")
        .check(CLASSES);
  }

  @Test
  void nothing_public_shows_a_type_of_a_broker_a_database_driver_or_a_data_format() {
    noClasses()
        .that()
        .resideInAnyPackage("io.stagepost", "io.stagepost.spi")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "java.sql..", "javax.sql..", "org.apache.kafka..", "com.rabbitmq..", "tools.jackson..")
        .check(CLASSES);
  }

  @Test
  void an_application_meets_few_types() {
    List<String> types =
        CLASSES.that(resideInAnyPackage("io.stagepost")).stream()
            .filter(type -> type.getModifiers().contains(JavaModifier.PUBLIC))
            .filter(type -> !type.isNestedClass())
            .map(JavaClass::getSimpleName)
            .filter(name -> !name.equals("package-info"))
            .sorted()
            .toList();
    assertThat(types).hasSizeLessThan(33);
  }

  private static void independent(String[] module, String[]... others) {
    for (String[] other : others) {
      noClasses()
          .that()
          .resideInAnyPackage(module)
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(other)
          .check(CLASSES);
    }
  }
}
