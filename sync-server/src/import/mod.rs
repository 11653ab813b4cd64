//! Reading the office's files: CSV and XLSX into checked tables, with row-precise errors.
