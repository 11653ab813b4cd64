//! A suggestion takes no memory from the heap: 300 of them beside a camera and a map must not wake a collector.

#[cfg(test)]
mod judges {
    use xundian_domain::suggestion::decision::decide;
    use xundian_domain::suggestion::{DEFAULT_COEFFICIENT, OneAndAHalf, Policy as _, PolicyKind};
    use xundian_suggestion::speed::{SHOP, case, packing};

    #[test]
    fn no_suggestion_allocates() {
        let shop: Vec<_> = (0..SHOP).filter_map(case).collect();
        assert_eq!(shop.len(), 300);
        let mut ordered = 0;
        let counted = allocation_counter::measure(|| {
            for (policy, inputs) in &shop {
                let quantity = policy.advise(inputs, packing()).quantity();
                ordered += quantity.map_or(0, |units| units.0);
            }
        });
        assert_eq!(counted.count_total, 0);
        assert!(ordered > 0);
    }

    #[test]
    fn no_decision_between_both_policies_allocates() {
        let shop: Vec<_> = (0..SHOP).filter_map(case).collect();
        let rule = OneAndAHalf { coefficient: DEFAULT_COEFFICIENT };
        let mut both = 0;
        let counted = allocation_counter::measure(|| {
            for (policy, inputs) in &shop {
                let decision = decide(PolicyKind::BaseStock, &rule, Ok(policy), inputs, packing());
                both += u32::from(decision.shadow.is_some());
            }
        });
        assert_eq!((counted.count_total, both), (0, 300));
    }

    #[test]
    fn the_counter_sees_what_is_allocated() {
        let counted = allocation_counter::measure(|| drop(std::hint::black_box(vec![1u8; 100])));
        assert_eq!(counted.count_total, 1);
    }
}
