package io.stagepost.outbox.frameworks;

import static io.stagepost.outbox.frameworks.Office.ORDER_PLACED;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.stagepost.TransactionalPublisher;
import io.stagepost.outbox.CurrentTransaction;
import io.stagepost.outbox.frameworks.Office.Order;
import jakarta.persistence.EntityManager;
import jakarta.persistence.EntityManagerFactory;
import org.hibernate.Session;
import org.junit.jupiter.api.Test;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.orm.jpa.JpaTransactionManager;
import org.springframework.orm.jpa.LocalContainerEntityManagerFactoryBean;
import org.springframework.orm.jpa.SharedEntityManagerCreator;
import org.springframework.orm.jpa.persistenceunit.PersistenceManagedTypes;
import org.springframework.orm.jpa.vendor.HibernateJpaVendorAdapter;
import org.springframework.transaction.support.TransactionTemplate;

/** JPA, in Spring's transactions. */
class SpringJpaTest extends JoiningContract {
  private final EntityManagerFactory factory = factory();
  private final EntityManager entities =
      SharedEntityManagerCreator.createSharedEntityManager(factory);
  private final TransactionTemplate template =
      new TransactionTemplate(new JpaTransactionManager(factory));

  private EntityManagerFactory factory() {
    LocalContainerEntityManagerFactoryBean bean = new LocalContainerEntityManagerFactoryBean();
    bean.setDataSource(office.dataSource);
    bean.setManagedTypes(PersistenceManagedTypes.of(Purchase.class.getName()));
    bean.setJpaVendorAdapter(new HibernateJpaVendorAdapter());
    bean.afterPropertiesSet();
    return requireNonNull(bean.getObject());
  }

  // spotless:off
  // snippet: jpa
  static CurrentTransaction jpaTransaction(EntityManager entities) {
    return work -> {
      if (entities.isJoinedToTransaction()) {
        entities.flush(); // the business rows, and their locks, come before the event
        entities.unwrap(Session.class).doWork(work::accept);
      }
    };
  }
  // end
  // spotless:on

  @Override
  CurrentTransaction current() {
    return jpaTransaction(entities);
  }

  @Override
  void inTransaction(Runnable work) {
    template.executeWithoutResult(status -> work.run());
  }

  @Override
  void placeOrder(String id) {
    entities.persist(new Purchase(id));
  }

  @Override
  String refusal() {
    return "SP-OUTBOX-060";
  }

  @Override
  void closeFramework() {
    factory.close();
  }

  @Test
  void the_business_row_is_written_before_the_event() {
    TransactionalPublisher publisher = office.outbox.joining(current());
    inTransaction(
        () -> {
          placeOrder("o-1");
          publisher.publish(ORDER_PLACED.event(new Order("o-1")));
          // by JDBC, so that nothing is flushed for the question
          assertThat(
                  new JdbcTemplate(office.dataSource)
                      .queryForObject("select count(*) from purchase", Long.class))
              .isEqualTo(1);
        });
  }

  @Test
  void d08_the_adapter_for_a_data_source_joins_too() {
    TransactionalPublisher publisher =
        office.outbox.joining(SpringJdbcTest.springTransaction(office.dataSource));
    inTransaction(
        () -> {
          placeOrder("o-1");
          publisher.publish(ORDER_PLACED.event(new Order("o-1")));
          assertThat(office.outbox.pending()).isZero();
        });
    assertThat(office.orders()).isEqualTo(1);
    assertThat(office.outbox.pending()).isEqualTo(1);
  }
}
