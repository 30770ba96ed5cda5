/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.autoconfigure;

import org.hapibinary.catalog.CatalogEntities;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.orm.jpa.LocalContainerEntityManagerFactoryBean;

/** Adds the catalog's entities to HAPI's persistence unit, so that a file and its Binary commit together. */
final class CatalogEntitiesRegistrar implements BeanPostProcessor {

    @Override
    public Object postProcessBeforeInitialization(Object bean, String beanName) {
        if (bean instanceof LocalContainerEntityManagerFactoryBean factory) {
            factory.setPersistenceUnitPostProcessors(
                    unit -> CatalogEntities.CLASS_NAMES.forEach(unit::addManagedClassName));
        }
        return bean;
    }
}
