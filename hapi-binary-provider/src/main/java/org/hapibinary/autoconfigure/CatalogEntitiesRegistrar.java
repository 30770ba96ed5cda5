/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.autoconfigure;

import java.sql.Connection;
import java.sql.SQLException;
import javax.sql.DataSource;
import org.hapibinary.catalog.schema.CatalogEntities;
import org.hibernate.cfg.MappingSettings;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.orm.jpa.LocalContainerEntityManagerFactoryBean;

/** Adds the catalog's entities to HAPI's persistence unit, so that a file and its Binary commit together. */
final class CatalogEntitiesRegistrar implements BeanPostProcessor {

    @Override
    public Object postProcessBeforeInitialization(Object bean, String beanName) {
        if (bean instanceof LocalContainerEntityManagerFactoryBean factory) {
            factory.setPersistenceUnitPostProcessors(
                    unit -> CatalogEntities.CLASS_NAMES.forEach(unit::addManagedClassName));
            requireOneSchema(factory);
        }
        return bean;
    }

    /**
     * Hibernate names the schema of entities; SQL, HAPI's own and the plugin's, and the migration of the tables do not.
     */
    private static void requireOneSchema(LocalContainerEntityManagerFactoryBean factory) {
        Object schema = factory.getJpaPropertyMap().get(MappingSettings.DEFAULT_SCHEMA);
        DataSource dataSource = factory.getDataSource();
        if (schema == null || dataSource == null) {
            return;
        }
        try (Connection connection = dataSource.getConnection()) {
            String unnamed = connection.getSchema();
            if (!schema.toString().equalsIgnoreCase(unnamed)) {
                throw new InvalidPropertyException(
                        MappingSettings.DEFAULT_SCHEMA,
                        schema.toString(),
                        "must be the schema that names without one lead to, which is " + unnamed
                                + ": HAPI's searches need that too. On PostgreSQL, add currentSchema=" + schema
                                + " to spring.datasource.url, or set search_path for the role");
            }
        } catch (SQLException e) {
            throw new IllegalStateException("The database of the persistence unit cannot be reached", e);
        }
    }
}
