-- Every second the clock asks what is on a sheet of a past day and has no result: nothing, as a rule, among all orders of a month.
CREATE INDEX store_order_out ON store_order (distributor, day) WHERE substr(state, 1, 11) = '{"on_sheet"';
