package io.stagepost.outbox.frameworks;

import static java.util.Objects.requireNonNull;

import io.stagepost.outbox.CurrentTransaction;
import jakarta.persistence.EntityManager;
import jakarta.persistence.EntityManagerFactory;
import org.springframework.orm.jpa.JpaTransactionManager;
import org.springframework.orm.jpa.LocalContainerEntityManagerFactoryBean;
import org.springframework.orm.jpa.SharedEntityManagerCreator;
import org.springframework.orm.jpa.persistenceunit.PersistenceManagedTypes;
import org.springframework.orm.jpa.vendor.HibernateJpaVendorAdapter;
import org.springframework.transaction.support.TransactionTemplate;

/** Spring's transactions over JPA: the same adapter as over a DataSource. */
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

  @Override
  CurrentTransaction current() {
    return SpringJdbcTest.springTransaction(office.dataSource);
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
}
