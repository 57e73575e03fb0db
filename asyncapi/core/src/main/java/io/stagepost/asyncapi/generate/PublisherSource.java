package io.stagepost.asyncapi.generate;

import com.palantir.javapoet.ClassName;
import com.palantir.javapoet.CodeBlock;
import com.palantir.javapoet.MethodSpec;
import com.palantir.javapoet.ParameterSpec;
import com.palantir.javapoet.ParameterizedTypeName;
import com.palantir.javapoet.TypeName;
import com.palantir.javapoet.TypeSpec;
import com.palantir.javapoet.TypeVariableName;
import com.palantir.javapoet.WildcardTypeName;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import javax.lang.model.element.Modifier;

/** The class that sends what an application sends, and nothing else. */
final class PublisherSource {
  private static final TypeVariableName RESULT =
      TypeVariableName.get("R", Types.nullable(ClassName.OBJECT));
  private static final TypeName ANY_EVENT =
      ParameterizedTypeName.get(Types.EVENT, WildcardTypeName.subtypeOf(Object.class));

  private final Plan plan;

  private PublisherSource(Plan plan) {
    this.plan = plan;
  }

  static TypeSpec.Builder of(Plan plan) {
    return new PublisherSource(plan).type();
  }

  private TypeSpec.Builder type() {
    TypeName function = ParameterizedTypeName.get(ClassName.get(Function.class), ANY_EVENT, RESULT);
    TypeName future =
        ParameterizedTypeName.get(ClassName.get(CompletableFuture.class), Types.api("Receipt"));
    TypeSpec.Builder type =
        TypeSpec.classBuilder(plan.publisher)
            .addModifiers(Modifier.PUBLIC, Modifier.FINAL)
            .addTypeVariable(RESULT)
            .addJavadoc(
                """
                Sends what $L sends. As thread-safe as what it sends by.

                @param <R> what comes of sending: a future, or nothing within a transaction
                """,
                Docs.escaped(plan.contract.title()))
            .addField(function, "publish", Modifier.PRIVATE, Modifier.FINAL)
            .addMethod(
                MethodSpec.constructorBuilder()
                    .addModifiers(Modifier.PRIVATE)
                    .addParameter(function, "publish")
                    .addStatement("this.publish = publish")
                    .build())
            .addMethod(
                MethodSpec.methodBuilder("over")
                    .addModifiers(Modifier.PUBLIC, Modifier.STATIC)
                    .addJavadoc(
                        """
                Sends straight to the broker.

                @param publisher such as a {@code Messaging}
                @return what it sends completes as that says
                """)
                    .returns(ParameterizedTypeName.get(plan.publisher, future))
                    .addParameter(Types.api("Publisher"), "publisher")
                    .addStatement("return new $T<>(publisher::publish)", plan.publisher)
                    .build())
            .addMethod(
                MethodSpec.methodBuilder("within")
                    .addModifiers(Modifier.PUBLIC, Modifier.STATIC)
                    .addJavadoc(
                        """
                Sends with a transaction.

                @param publisher such as an outbox in that transaction
                @return what it sends leaves when the transaction has committed
                """)
                    .returns(
                        ParameterizedTypeName.get(
                            plan.publisher, Types.nullable(ClassName.get(Void.class))))
                    .addParameter(Types.api("TransactionalPublisher"), "publisher")
                    .addCode(
                        CodeBlock.builder()
                            .add("return new $T<>(\n$>$>event -> {\n$>", plan.publisher)
                            .add("publisher.publish(event);\nreturn null;\n$<});\n$<$<")
                            .build())
                    .build());
    for (Plan.Use use : plan.sent) {
      type.addMethod(publish(use, false)).addMethod(publish(use, true));
    }
    return type;
  }

  private MethodSpec publish(Plan.Use use, boolean caused) {
    Plan.Carry carry = use.carry();
    Address address = Address.of(carry.channel);
    MethodSpec.Builder method =
        MethodSpec.methodBuilder(use.method())
            .addModifiers(Modifier.PUBLIC)
            .returns(RESULT)
            .addJavadoc(ContractSource.said(carry))
            .addJavadoc("\n");
    if (caused) {
      method
          .addParameter(ANY_EVENT, "cause")
          .addJavadoc(Docs.tag("@param cause", "the event that this one answers", ""));
    }
    for (ParameterSpec parameter : address.parameters()) {
      method.addParameter(parameter);
      method.addJavadoc(Address.javadoc(parameter));
    }
    method
        .addParameter(carry.payload.type(), "data")
        .addJavadoc("@param data what it carries\n@return what comes of it\n");
    if (ContractSource.isDeprecated(plan, carry)) {
      method.addAnnotation(Deprecated.class);
      method.addJavadoc(ContractSource.deprecation(plan, carry));
    }
    CodeBlock type =
        address.isFixed()
            ? CodeBlock.of("$T.$L", plan.constants, carry.constant)
            : CodeBlock.of(
                "$T.$L.channel($L)", plan.constants, carry.constant, address.expression());
    return (caused
            ? method.addStatement("return publish.apply(cause.reply($L, data))", type)
            : method.addStatement("return publish.apply($L.event(data))", type))
        .build();
  }
}
