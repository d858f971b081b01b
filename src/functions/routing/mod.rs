//! Which function a request means: [`template`], the route templates of ASP.NET, and [`route_table`], the order in which they are tried.

pub(crate) mod route_table;
pub(crate) mod template;
