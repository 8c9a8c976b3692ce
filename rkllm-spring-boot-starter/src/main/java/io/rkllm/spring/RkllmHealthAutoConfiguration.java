package io.rkllm.spring;

import io.rkllm.RkllmModel;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.health.autoconfigure.contributor.CompositeHealthContributorConfiguration;
import org.springframework.boot.health.autoconfigure.contributor.ConditionalOnEnabledHealthIndicator;
import org.springframework.boot.health.contributor.HealthContributor;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.context.annotation.Bean;

/** Reports the health of all models to the actuator, if there is one. */
@AutoConfiguration(after = RkllmAutoConfiguration.class)
@ConditionalOnClass(HealthIndicator.class)
@ConditionalOnEnabledHealthIndicator("rkllm")
final class RkllmHealthAutoConfiguration
    extends CompositeHealthContributorConfiguration<RkllmHealthIndicator, RkllmModel> {

  RkllmHealthAutoConfiguration() {
    super(RkllmHealthIndicator::new);
  }

  @Bean
  @ConditionalOnBean(RkllmModel.class)
  @ConditionalOnMissingBean(name = {"rkllmHealthIndicator", "rkllmHealthContributor"})
  HealthContributor rkllmHealthContributor(ConfigurableListableBeanFactory beans) {
    return createContributor(beans, RkllmModel.class);
  }
}
