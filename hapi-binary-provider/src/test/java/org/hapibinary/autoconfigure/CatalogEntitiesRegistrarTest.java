/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.springframework.jdbc.datasource.DriverManagerDataSource;
import org.springframework.orm.jpa.LocalContainerEntityManagerFactoryBean;

class CatalogEntitiesRegistrarTest {

    private final CatalogEntitiesRegistrar registrar = new CatalogEntitiesRegistrar();

    private static LocalContainerEntityManagerFactoryBean withDefaultSchema(String schema) {
        LocalContainerEntityManagerFactoryBean factory = new LocalContainerEntityManagerFactoryBean();
        factory.setDataSource(new DriverManagerDataSource("jdbc:h2:mem:schema"));
        factory.setJpaPropertyMap(Map.of("hibernate.default_schema", schema));
        return factory;
    }

    @Test
    void theSchemaOfEntitiesMustBeTheOneThatNamesWithoutASchemaLeadTo() {
        assertThatThrownBy(() -> registrar.postProcessBeforeInitialization(withDefaultSchema("fhir"), "factory"))
                .isInstanceOf(InvalidPropertyException.class)
                .hasMessageContaining(
                        "hibernate.default_schema is fhir; it must be the schema that names without one lead"
                                + " to, which is PUBLIC")
                .hasMessageContaining("add currentSchema=fhir to spring.datasource.url");
    }

    @Test
    void itMayBeSpeltOtherwise() {
        LocalContainerEntityManagerFactoryBean factory = withDefaultSchema("public");

        assertThat(registrar.postProcessBeforeInitialization(factory, "factory"))
                .isSameAs(factory);
    }
}
