mod generated;
fn main() {
    let args: Vec<String> = std::env::args().collect();
    std::fs::write(&args[3], generated::file(args[1].parse().unwrap(), args[2].parse().unwrap())).unwrap();
}
