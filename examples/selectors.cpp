// Waiting for many sockets, each with data of the program's own beside it.
//
// It prints:
//     kitchen: 19 degrees
//     cellar: 11 degrees
//     kitchen has ended
//     cellar has ended
#include <priz/selectors.hpp>
#include <priz/socket.hpp>

#include <iostream>
#include <string>

namespace {

// Prints what a sensor says, until it ends.
void hear(priz::selector& selector, const priz::selector_key& key) {
    auto& s = *key.object<priz::socket>();
    const auto text = s.recv(1024);
    const auto& room = key.data_as<std::string>();
    if (text.empty()) {
        std::cout << room << " has ended\n";
        selector.unregister(s);
    } else {
        std::cout << room << ": " << text << " degrees\n";
    }
}

}  // namespace

int main(int, char**) {
    auto [kitchen, kitchen_sensor] = priz::socketpair();
    auto [cellar, cellar_sensor] = priz::socketpair();

    priz::default_selector selector;
    selector.register_(kitchen, priz::EVENT_READ, std::string("kitchen"));
    selector.register_(cellar, priz::EVENT_READ, std::string("cellar"));

    kitchen_sensor.sendall("19");
    for (const auto& [key, events] : selector.select(10)) hear(selector, key);
    cellar_sensor.sendall("11");
    for (const auto& [key, events] : selector.select(10)) hear(selector, key);

    kitchen_sensor.close();
    for (const auto& [key, events] : selector.select(10)) hear(selector, key);
    cellar_sensor.close();
    while (!selector.get_map().empty())
        for (const auto& [key, events] : selector.select(10)) hear(selector, key);
    return 0;
}
